import { show } from '../search'
import { useStore } from '../store'

/** One hit a product, where products have several photos. */
export function CollapseSwitch() {
  const collection = useStore((state) => state.collection)
  const collapse = useStore((state) => state.view.collapse)
  if (!collection || collection.products >= collection.items) return null
  return (
    <label class="switch">
      <input type="checkbox" role="switch" checked={collapse} onChange={(event) => show({ collapse: event.currentTarget.checked })} />
      Each product once
    </label>
  )
}
