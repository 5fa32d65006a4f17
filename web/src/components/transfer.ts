// Photos in what was dropped or pasted.

import { searchPhoto, searchWithItemPhoto } from '../search'

const isAddress = (text: string) => /^https?:\/\/\S+$/.test(text)

export function hasPhoto(transfer: DataTransfer): boolean {
  return [...transfer.types].some((type) => type === 'Files' || type === 'text/uri-list')
}

/** Whether there was something to search with. */
export function searchTransfer(transfer: DataTransfer): boolean {
  const photo = [...transfer.files].find((file) => file.type.startsWith('image/')) ?? transfer.files[0]
  if (photo) {
    void searchPhoto(photo)
    return true
  }
  const text = (transfer.getData('text/uri-list') || transfer.getData('text/plain')).trim().split(/\s/)[0] ?? ''
  if (!isAddress(text)) return false
  searchAddress(text)
  return true
}

/** The address of a picture anywhere, also one that this server shows. */
export function searchAddress(text: string) {
  const url = new URL(text)
  if (url.origin === location.origin) void searchWithItemPhoto(url.pathname.replace(/\/thumbnail$/, '/image'))
  else void searchPhoto(text)
}
