import { itemPath } from '../api'
import { show } from '../search'
import { useStore } from '../store'
import { Thumbnail } from './Thumbnail'

/** Items that hits shall look like, and items that they shall not. */
export function Examples() {
  const collection = useStore((state) => state.collection)
  const like = useStore((state) => state.view.like)
  const unlike = useStore((state) => state.view.unlike)
  if (!collection || like.length + unlike.length === 0) return null
  const list = (ids: string[], title: string, without: (id: string) => void) =>
    ids.length > 0 && (
      <div>
        <h2 class="side-title">{title}</h2>
        <ul class="examples">
          {ids.map((id) => (
            <li key={id}>
              <button type="button" class="example" aria-label={`Remove ${id} from “${title}”`} title="Remove" onClick={() => without(id)}>
                <Thumbnail address={`${itemPath(collection.name, id)}/thumbnail`} alt="" small />
                <span class="cross" aria-hidden="true">×</span>
              </button>
            </li>
          ))}
        </ul>
      </div>
    )
  return (
    <div class="example-lists">
      {list(like, 'More like', (id) => show({ like: like.filter((each) => each !== id) }))}
      {list(unlike, 'Less like', (id) => show({ unlike: unlike.filter((each) => each !== id) }))}
    </div>
  )
}
