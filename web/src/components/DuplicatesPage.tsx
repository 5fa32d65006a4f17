import { useRef } from 'preact/hooks'
import { laneWords, progressText } from '../duplicates'
import { show } from '../search'
import { agoText, numberText } from '../status'
import { useStore } from '../store'
import type { DuplicateProgress, Lane } from '../types'
import { DeleteList } from './DeleteList'
import { DuplicateCard } from './DuplicateCard'
import { LaneTabs } from './LaneTabs'
import { Message } from './Message'
import { useDuplicates } from './useDuplicates'

function Progress({ progress }: { progress: DuplicateProgress | null }) {
  const total = progress?.total ?? 0
  return (
    <div class="looking" role="status">
      <h2>Looking for duplicates</h2>
      <progress aria-label="Looking for duplicates" value={total > 0 ? progress!.done : undefined} max={total > 0 ? total : undefined} />
      <p class="hint">{progress ? progressText(progress) : 'A moment'}</p>
      {progress && <p class="hint">The first time takes a while; later only what is new is looked at. This page may be closed.</p>}
    </div>
  )
}

function Nothing({ lane, decided, isAllDone }: { lane: Lane; decided: boolean; isAllDone: boolean }) {
  if (decided) return <Message title="Nothing was decided yet">Keep one photo of a group, or say that they are no duplicates.</Message>
  if (!isAllDone) return <Message title="None here">{laneWords[lane].none}</Message>
  return (
    <Message title="All of them are decided about" action={{ text: 'Look at what was decided', run: () => show({ decided: true }) }}>
      The list of files that may go is above.
    </Message>
  )
}

/** Photos that are there more than once, lane by lane, and what is to become of them. */
export function DuplicatesPage() {
  const collection = useStore((state) => state.collection?.name)
  const wantedLane = useStore((state) => state.view.lane)
  const decided = useStore((state) => state.view.decided)
  const { found, progress, error, isForbidden, isLoadingMore, hasNewer, loadMore, decide, again } = useDuplicates(collection, wantedLane, decided)
  const list = useRef<HTMLDivElement>(null)

  const move = (step: 1 | -1) => {
    const groups = [...(list.current?.querySelectorAll<HTMLElement>('.group') ?? [])]
    const place = groups.findIndex((group) => group.contains(document.activeElement))
    const next = groups[place + step] ?? (step === 1 ? list.current?.querySelector<HTMLElement>('.more button') : null)
    next?.focus({ preventScroll: true })
    next?.scrollIntoView({ block: 'center' })
  }

  if (error && !found) {
    return isForbidden ? (
      <Message title="For admins only">Duplicates are shown with an admin’s key.</Message>
    ) : (
      <Message title="This did not work" action={{ text: 'Try again', run: again }}>{error}</Message>
    )
  }
  const lane = wantedLane ?? found?.lane ?? 'identical'
  const counts = found?.lanes ?? []
  const count = counts.find((each) => each.lane === lane)
  const isShown = found !== null && found.lane === lane && found.decided === decided
  return (
    <div class="duplicates">
      <div class="duplicates-head">
        <div>
          <h1>Duplicates</h1>
          <p class="lead">
            Photos that are there more than once. Decide what to keep, then save the list of files that may go: nothing is deleted here.
          </p>
        </div>
        {collection && found && <DeleteList collection={collection} />}
      </div>
      {!found && <Progress progress={progress} />}
      {found && (
        <>
          <LaneTabs chosen={lane} counts={counts} decided={decided} onChoose={(to) => show({ lane: to })} />
          <div id="groups" role="tabpanel" aria-labelledby={`lane-${lane}`} ref={list}>
            <div class="lane-head">
              <p class="hint">{laneWords[lane].meaning}</p>
              <div class="row" role="group" aria-label="Which groups">
                <button type="button" class="chip" aria-pressed={!decided} onClick={() => show({ decided: false })}>
                  To decide
                </button>
                <button type="button" class="chip" aria-pressed={decided} onClick={() => show({ decided: true })}>
                  Decided
                </button>
              </div>
            </div>
            {found.isOld && (
              <p class="banner" role="status">
                Photos have changed since these groups were found.{' '}
                {hasNewer ? (
                  <button type="button" class="link-button" onClick={again}>Show the groups of now</button>
                ) : (
                  progress && progressText(progress)
                )}
              </p>
            )}
            {isShown && found.groups.length === 0 && <Nothing lane={lane} decided={decided} isAllDone={(count?.groups ?? 0) > 0} />}
            <div class="groups" aria-busy={!isShown}>
              {isShown
                ? found.groups.map((group, place) => (
                    <DuplicateCard key={group.group} group={group} eager={place < 3} onDecide={decide} onMove={move} />
                  ))
                : [0, 1, 2].map((place) => <span key={place} class="skeleton group-skeleton" />)}
            </div>
            {isShown && found.cursor && (
              <p class="more">
                <button type="button" class="button" disabled={isLoadingMore} onClick={() => void loadMore()}>
                  {isLoadingMore ? 'A moment' : 'Show more groups'}
                </button>
              </p>
            )}
            {error && <p class="bad" role="alert">{error}</p>}
            <p class="hint keys for-mouse">
              In a group the keys <kbd>1</kbd> to <kbd>9</kbd> keep a photo, <kbd>N</kbd> says that they are no duplicates, <kbd>U</kbd> takes
              that back, <kbd>J</kbd> and <kbd>K</kbd> go to the next group and back.
            </p>
            <p class="hint">
              Found {agoText(found.found)} among {numberText(found.items)} photos.
              {found.unreadable > 0 && ` ${numberText(found.unreadable)} could not be looked at: they are gone or have changed since the last sync.`}
            </p>
          </div>
        </>
      )}
    </div>
  )
}
