import { useState } from 'preact/hooks'
import { getDeleteList } from '../api'
import { numberText } from '../status'

/** Saves the list of files that decisions leave over. */
export function DeleteList({ collection }: { collection: string }) {
  const [said, setSaid] = useState('')
  const [isBusy, setBusy] = useState(false)
  async function save() {
    setBusy(true)
    try {
      const list = await getDeleteList(collection)
      const files = (await list.text()).split('\n').filter(Boolean).length
      if (files === 0) {
        setSaid('No file may go yet: choose what to keep first.')
        return
      }
      const link = document.createElement('a')
      link.href = URL.createObjectURL(list)
      link.download = `delete-list-${collection}.txt`
      link.click()
      setTimeout(() => URL.revokeObjectURL(link.href), 10000)
      setSaid(files === 1 ? 'Saved: 1 file may go.' : `Saved: ${numberText(files)} files may go.`)
    } catch (error) {
      setSaid(error instanceof Error ? error.message : String(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <div class="delete-list">
      <button type="button" class="quiet-button" disabled={isBusy} onClick={() => void save()}>
        Save the list of files that may go
      </button>
      <p class="hint" role="status">{said}</p>
    </div>
  )
}
