import { lanes } from '../address'
import { laneWords } from '../duplicates'
import { numberText } from '../status'
import type { Lane, LaneCount } from '../types'

interface Props {
  chosen: Lane
  counts: LaneCount[]
  decided: boolean
  onChoose: (lane: Lane) => void
}

/** The three lanes; arrow keys go from one to the next. */
export function LaneTabs({ chosen, counts, decided, onChoose }: Props) {
  const countOf = (lane: Lane) => {
    const count = counts.find((each) => each.lane === lane)
    if (!count) return ''
    return numberText(decided ? count.decided : count.groups - count.decided)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    const place = lanes.indexOf(chosen)
    const next = event.key === 'Home' ? 0 : event.key === 'End' ? lanes.length - 1 : step && (place + step + lanes.length) % lanes.length
    if (next === undefined) return
    event.preventDefault()
    onChoose(lanes[next]!)
    document.getElementById(`lane-${lanes[next]}`)?.focus()
  }
  return (
    <div class="tabs" role="tablist" aria-label="How alike" onKeyDown={onKeyDown}>
      {lanes.map((lane) => (
        <button
          key={lane}
          id={`lane-${lane}`}
          type="button"
          role="tab"
          class="tab"
          aria-selected={lane === chosen}
          aria-controls="groups"
          tabIndex={lane === chosen ? 0 : -1}
          onClick={() => onChoose(lane)}
        >
          {laneWords[lane].title} <span class="count">{countOf(lane)}</span>
        </button>
      ))}
    </div>
  )
}
