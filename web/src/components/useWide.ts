import { useEffect, useState } from 'preact/hooks'

const query = window.matchMedia('(min-width: 56rem)')

/** Whether there is room for a column at the side. */
export function useWide(): boolean {
  const [isWide, setWide] = useState(query.matches)
  useEffect(() => {
    const update = () => setWide(query.matches)
    query.addEventListener('change', update)
    return () => query.removeEventListener('change', update)
  }, [])
  return isWide
}
