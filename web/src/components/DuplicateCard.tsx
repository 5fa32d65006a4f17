import { useRef, useState } from 'preact/hooks'
import { copiesText, decisionText, evidenceText, isKept, meaningOfKey, sizeText } from '../duplicates'
import { viewOfItem } from '../search'
import { numberText } from '../status'
import type { DuplicateDecision, DuplicateGroup, DuplicateItem } from '../types'
import { Link } from './Link'
import { Thumbnail } from './Thumbnail'

const mostShown = 12

interface PhotoProps {
  item: DuplicateItem
  decision: DuplicateDecision | null
  eager: boolean
  onKeep: () => void
}

function Photo({ item, decision, eager, onKeep }: PhotoProps) {
  const kept = isKept(decision, item.id)
  const mayGo = decision?.verdict === 'keep' && !kept
  const evidence = evidenceText(item)
  const verb = kept ? 'Kept' : 'Keep'
  return (
    <li class={`twin ${kept ? 'kept' : ''} ${mayGo ? 'may-go' : ''}`}>
      <Link to={viewOfItem(item.id)} class="twin-photo" label={`Look at ${item.id}`}>
        <Thumbnail address={item.thumbnail} alt="" eager={eager} />
      </Link>
      {item.best && <span class="best">best</span>}
      {mayGo && <span class="going">may go</span>}
      <p class="twin-name">{item.id}</p>
      <p class="hint">{sizeText(item)}</p>
      <p class="hint twin-why">{[evidence, copiesText(item)].filter(Boolean).join(', ')}</p>
      <button type="button" class="pill keep" aria-pressed={kept} aria-label={`${verb} ${item.id}`} onClick={onKeep}>
        {verb}
      </button>
    </li>
  )
}

interface Props {
  group: DuplicateGroup
  eager: boolean
  onDecide: (group: DuplicateGroup, decision: DuplicateDecision | null) => Promise<void>
  /** Moves the focus to the next group, or the one before. */
  onMove: (step: 1 | -1) => void
}

/** A group, its photos side by side. */
export function DuplicateCard({ group, eager, onDecide, onMove }: Props) {
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<string | null>(null)
  const [isWhole, setWhole] = useState(false)
  // Not by disabling buttons, which would take the focus from them.
  const running = useRef(false)
  const { decision, items } = group
  const shown = isWhole ? items : items.slice(0, mostShown)

  async function decide(wanted: DuplicateDecision | null): Promise<boolean> {
    if (running.current) return false
    running.current = true
    setBusy(true)
    setError(null)
    try {
      await onDecide(group, wanted)
      return true
    } catch (failure) {
      setError(failure instanceof Error ? failure.message : String(failure))
      return false
    } finally {
      running.current = false
      setBusy(false)
    }
  }
  const keep = (id: string) => decide(isKept(decision, id) ? null : { verdict: 'keep', keep: id })
  const notDuplicates = () => decide(decision?.verdict === 'not_duplicates' ? null : { verdict: 'not_duplicates' })

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const meaning = meaningOfKey(event.key, shown.length)
    if (!meaning) return
    event.preventDefault()
    if (meaning === 'next' || meaning === 'previous') return onMove(meaning === 'next' ? 1 : -1)
    if (meaning === 'undo') {
      if (decision) void decide(null)
      return
    }
    const wanted: DuplicateDecision =
      meaning === 'not_duplicates' ? { verdict: meaning } : { verdict: 'keep', keep: shown[meaning.keep]!.id }
    void decide(wanted).then((done) => done && onMove(1))
  }

  return (
    <article
      class={`card group ${items.length > 2 ? 'wide' : ''}`}
      data-group={group.group}
      tabIndex={-1}
      aria-label={`${items.length} photos, ${items[0]!.id}`}
      aria-busy={isBusy}
      onKeyDown={onKeyDown}
    >
      <ul class="twins">
        {shown.map((item) => (
          <Photo key={item.id} item={item} decision={decision} eager={eager} onKeep={() => void keep(item.id)} />
        ))}
      </ul>
      <div class="group-actions">
        <button type="button" class="quiet-button" aria-pressed={decision?.verdict === 'not_duplicates'} onClick={() => void notDuplicates()}>
          Not duplicates
        </button>
        {shown.length < items.length && (
          <button type="button" class="quiet-button" onClick={() => setWhole(true)}>
            Show all {numberText(items.length)}
          </button>
        )}
        <p class="group-state" role="status">{decisionText(group)}</p>
        {decision && (
          <button type="button" class="link-button" onClick={() => void decide(null)}>
            Undo
          </button>
        )}
      </div>
      {error && (
        <p class="bad" role="alert">
          {error}
        </p>
      )}
    </article>
  )
}
