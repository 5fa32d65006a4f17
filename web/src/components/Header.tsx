import { hasQuery } from '../address'
import { follow, viewOfStart } from '../search'
import { useStore } from '../store'
import { ChoosePhoto } from './ChoosePhoto'
import { Link } from './Link'

export function Header() {
  const view = useStore((state) => state.view)
  const collections = useStore((state) => state.collections)
  const collection = useStore((state) => state.collection)
  const upload = useStore((state) => state.upload)
  const isBusy = hasQuery(view) || upload !== null
  return (
    <header class="header">
      <Link to={viewOfStart()} class="logo" label="Semblance, start page">
        <img src="/icon.svg" alt="" width="28" height="28" />
        <span>Semblance</span>
      </Link>
      {collections && collections.length > 1 && view.page !== 'status' && (
        <select
          class="collection"
          aria-label="Collection"
          value={collection?.name ?? view.collection}
          onChange={(event) => follow({ ...viewOfStart(event.currentTarget.value), page: view.page })}
        >
          {collections.map((each) => (
            <option key={each.name} value={each.name}>
              {each.name}
            </option>
          ))}
        </select>
      )}
      <nav aria-label="Pages">
        {isBusy && <ChoosePhoto class="quiet-button" text="New photo" />}
        <Link to={{ ...viewOfStart(), page: 'duplicates' }} class="quiet-button" current={view.page === 'duplicates'}>
          Duplicates
        </Link>
        <Link to={{ ...viewOfStart(), page: 'status' }} class="quiet-button" current={view.page === 'status'}>
          Status
        </Link>
      </nav>
    </header>
  )
}
