import { dismissUpload, previewOf } from '../search'
import { useStore } from '../store'
import { CropBox } from './CropBox'
import { Picture } from './Picture'

/** The photo that is searched with. */
export function QueryPanel() {
  const query = useStore((state) => state.view.query)
  const upload = useStore((state) => state.upload)
  const failure = useStore((state) => state.failure)
  if (upload) {
    return (
      <div class="query">
        <div class="crop">
          {upload.preview ? (
            <Picture src={upload.preview} alt="The photo that is searched with" eager />
          ) : (
            <span class={failure ? 'no-picture' : 'skeleton'} />
          )}
        </div>
        <p class="hint">{failure ? '' : upload.preview ? 'Looking…' : `Fetching ${upload.name}`}</p>
        {!failure && (
          <button type="button" class="quiet-button" onClick={dismissUpload}>
            Stop
          </button>
        )}
      </div>
    )
  }
  if (!query) return null
  return (
    <div class="query">
      <CropBox key={query} src={previewOf(query)} />
    </div>
  )
}
