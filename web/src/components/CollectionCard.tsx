import { useEffect, useState } from 'preact/hooks'
import * as api from '../api'
import { viewOfStart } from '../search'
import { agoText, bytesText, numberText, reasonText } from '../status'
import type { CollectionListing, Job, Problem, SyncReport } from '../types'
import { Link } from './Link'

const mostProblems = 500

function Problems({ collection, version }: { collection: string; version: string }) {
  const [problems, setProblems] = useState<{ total: number; problems: Problem[] } | null>(null)
  const [isHidden, setHidden] = useState(false)
  useEffect(() => {
    let isWanted = true
    api
      .getProblems(collection, mostProblems)
      .then((found) => isWanted && setProblems(found))
      .catch(() => isWanted && setHidden(true))
    return () => {
      isWanted = false
    }
  }, [collection, version])
  if (isHidden) return <p class="hint">Problems of the last sync are for an admin’s key.</p>
  if (!problems) return <span class="skeleton line" />
  if (problems.total === 0) return <p class="hint">The last sync had no problems.</p>
  const byReason = new Map<string, Problem[]>()
  for (const problem of problems.problems) {
    byReason.set(problem.reason, [...(byReason.get(problem.reason) ?? []), problem])
  }
  return (
    <>
      {[...byReason].sort(([, a], [, b]) => b.length - a.length).map(([reason, list]) => (
        <details key={reason} class="problems">
          <summary>
            {reasonText(reason)} <span class="count">{numberText(list.length)}</span>
          </summary>
          <ul>
            {list.slice(0, 50).map((each) => (
              <li key={`${each.subject}\n${each.place}`}>
                <b>{each.subject}</b> {each.message} <span class="hint">{each.place}</span>
              </li>
            ))}
          </ul>
        </details>
      ))}
      {problems.total > problems.problems.length && (
        <p class="hint">Counted: the first {numberText(problems.problems.length)} of {numberText(problems.total)} problems.</p>
      )}
    </>
  )
}

function reportText(report: SyncReport): string {
  const parts: string[] = []
  for (const name of ['added', 'changed', 'renamed', 'removed', 'unchanged', 'failed', 'skipped'] as const) {
    const count = report[name]
    if (count) parts.push(`${numberText(count)} ${name}`)
  }
  const speed = report.items_per_second ? `, ${Math.round(report.items_per_second)} photos/s` : ''
  return `${parts.join(', ') || 'nothing to do'} in ${(report.seconds ?? 0).toFixed(1)} s${speed}`
}

function LastSync({ job }: { job: Job }) {
  return (
    <div class="whole-row">
      <dt>Last sync</dt>
      <dd>
        {job.finished && agoText(job.finished)}
        {job.state === 'cancelled' && ', stopped'}
        {job.report && `: ${reportText(job.report)}`}
        {job.error && <span class="bad">: {job.error.message}</span>}
      </dd>
    </div>
  )
}

interface Props {
  listing: CollectionListing
  /** Since the server started. */
  lastSync: Job | undefined
  changed: string
}

export function CollectionCard({ listing, lastSync, changed }: Props) {
  return (
    <article class="card">
      <h3>
        <Link to={viewOfStart(listing.name)}>{listing.name}</Link>
      </h3>
      {listing.problem && <p class="bad">{listing.problem.message}</p>}
      <dl class="figures">
        <div>
          <dt>Photos</dt>
          <dd>{numberText(listing.items)}</dd>
        </div>
        <div>
          <dt>Products</dt>
          <dd>{numberText(listing.products)}</dd>
        </div>
        <div>
          <dt>Model</dt>
          <dd>{listing.model ?? 'none yet'}</dd>
        </div>
        <div>
          <dt>On disk</dt>
          <dd>{bytesText(listing.bytes)}</dd>
        </div>
        {listing.last_change && (
          <div>
            <dt>Changed</dt>
            <dd>
              <time dateTime={listing.last_change}>{changed}</time>
            </dd>
          </div>
        )}
        {lastSync && <LastSync job={lastSync} />}
      </dl>
      {!listing.problem && <Problems collection={listing.name} version={`${listing.last_change} ${listing.failed} ${lastSync?.finished}`} />}
    </article>
  )
}
