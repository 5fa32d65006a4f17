import { numberText } from '../status'
import type { Job } from '../types'

/** A sync that waits or runs. */
export function JobCard({ job }: { job: Job }) {
  const { done, total, failed, phase } = job.progress
  const label = `Sync of ${job.collection}`
  return (
    <article class="card">
      <h3>{label}</h3>
      <p class="hint">{job.sources.join(', ')}</p>
      {job.state === 'queued' ? (
        <p>Waits for its turn.</p>
      ) : (
        <>
          <progress aria-label={label} value={total > 0 ? done : undefined} max={total > 0 ? total : undefined} />
          <p>
            {phase}: {numberText(done)}
            {total > 0 && ` of ${numberText(total)}`}
            {failed > 0 && `, ${numberText(failed)} failed`}
          </p>
        </>
      )}
    </article>
  )
}
