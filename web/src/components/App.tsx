import { useEffect } from 'preact/hooks'
import { hasQuery } from '../address'
import { nameOf } from '../names'
import { start } from '../search'
import { useStore } from '../store'
import { DropAnywhere } from './DropAnywhere'
import { DuplicatesPage } from './DuplicatesPage'
import { Header } from './Header'
import { KeyDialog } from './KeyDialog'
import { LiveRegion } from './LiveRegion'
import { Message } from './Message'
import { Results } from './Results'
import { Start } from './Start'
import { StatusPage } from './StatusPage'

function Main() {
  const view = useStore((state) => state.view)
  const collections = useStore((state) => state.collections)
  const failure = useStore((state) => state.startFailure)
  const upload = useStore((state) => state.upload)
  const offline = useStore((state) => state.offline)
  if (view.page === 'status') return <StatusPage />
  if (failure && !(offline && failure.status === 0)) {
    return (
      <Message title="This did not work" action={{ text: 'Try again', run: () => void start() }}>
        {failure.message}
      </Message>
    )
  }
  if (collections?.length === 0) {
    return (
      <Message title="There is nothing to look through yet" action={{ text: 'Look again', run: () => void start() }}>
        Fill a collection with a folder of photos, then come back: <code>semblance sync FOLDER</code>
      </Message>
    )
  }
  if (view.page === 'duplicates') return <DuplicatesPage />
  return hasQuery(view) || upload ? <Results /> : <Start />
}

function useTitle() {
  const title = useStore(({ view, product }) => {
    if (view.page === 'status') return 'Status'
    if (view.page === 'duplicates') return 'Duplicates'
    if (!hasQuery(view)) return ''
    return product && view.item ? nameOf(product.item) : 'Similar products'
  })
  useEffect(() => {
    document.title = title ? `${title} – Semblance` : 'Semblance'
  }, [title])
}

export function App() {
  useTitle()
  const offline = useStore((state) => state.offline)
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <Header />
      {offline && (
        <p class="banner" role="alert">
          The server cannot be reached. The page tries again by itself.
        </p>
      )}
      <main id="main" tabIndex={-1}>
        <Main />
      </main>
      <LiveRegion />
      <DropAnywhere />
      <KeyDialog />
    </>
  )
}
