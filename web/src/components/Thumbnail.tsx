import { Picture } from './Picture'

interface Props {
  /** Of an item, without size. */
  address: string
  alt: string
  eager?: boolean
  small?: boolean
}

export function Thumbnail({ address, alt, eager, small }: Props) {
  const side = small ? 160 : 360
  return <Picture src={`${address}?size=${side}`} src2x={`${address}?size=${2 * side}`} alt={alt} eager={eager} />
}
