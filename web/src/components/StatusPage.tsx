import { useEffect, useState } from 'preact/hooks'
import * as api from '../api'
import { agoText, bytesText, millisecondsText, numberText, speedsOf, type Speed } from '../status'
import type { CollectionListing, Health, Job } from '../types'
import { CollectionCard } from './CollectionCard'
import { JobCard } from './JobCard'
import { Message } from './Message'

interface Status {
  health: Health
  collections: CollectionListing[]
  jobs: Job[]
  /** Null: only an admin's key may see them. */
  speeds: Speed[] | null
}

async function load(): Promise<Status> {
  const [health, collections, jobs, metrics] = await Promise.all([
    api.getHealth(),
    api.getCollections(),
    api.getJobs().catch((error) => {
      if (error instanceof api.ApiError && error.status === 403) return []
      throw error
    }),
    api.getMetrics().catch(() => null),
  ])
  return { health, collections, jobs, speeds: metrics === null ? null : speedsOf(metrics) }
}

const isActive = (job: Job) => job.state === 'queued' || job.state === 'running'
const stageNames: Record<string, string> = {
  photo: 'Getting a photo',
  describe: 'Understanding a photo',
  search: 'Searching',
  write: 'Writing a change',
}

/** Looks again every few seconds, oftener while something runs. */
function useStatus() {
  const [status, setStatus] = useState<Status | null>(null)
  const [error, setError] = useState<string | null>(null)
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let isWanted = true
    const look = async () => {
      let wait_ms = 10000
      try {
        const found = await load()
        if (!isWanted) return
        setStatus(found)
        setError(null)
        if (found.jobs.some(isActive)) wait_ms = 1000
      } catch (failure) {
        if (!isWanted) return
        setError(failure instanceof Error ? failure.message : String(failure))
        wait_ms = 3000
      }
      timer = setTimeout(look, wait_ms)
    }
    void look()
    return () => {
      isWanted = false
      clearTimeout(timer)
    }
  }, [])
  return { status, error }
}

function Speeds({ speeds }: { speeds: Speed[] | null }) {
  if (speeds === null) return <p class="hint">Figures of the server are for an admin’s key.</p>
  const stages = Object.keys(stageNames)
  const shown = speeds
    .filter((each) => stages.includes(each.stage))
    .sort((a, b) => stages.indexOf(a.stage) - stages.indexOf(b.stage))
  if (shown.length === 0) return <p class="hint">Nothing was searched since the server started.</p>
  return (
    <dl class="figures">
      {shown.map(({ stage, count, mean_ms }) => (
        <div key={stage}>
          <dt>{stageNames[stage]}</dt>
          <dd>
            {millisecondsText(mean_ms)} <span class="hint">{count === 1 ? 'once' : `on average, ${numberText(count)} times`}</span>
          </dd>
        </div>
      ))}
    </dl>
  )
}

export function StatusPage() {
  const { status, error } = useStatus()
  if (!status) {
    if (error) return <Message title="This did not work">{error}</Message>
    return (
      <div class="status" aria-busy="true">
        <h1>Status</h1>
        <span class="skeleton line" />
        <span class="skeleton line short" />
      </div>
    )
  }
  const { health, collections, jobs, speeds } = status
  const active = jobs.filter(isActive)
  const total = collections.reduce((sum, each) => sum + each.bytes, 0)
  return (
    <div class="status">
      <h1>Status</h1>
      <p class="lead">
        Semblance {health.version} is {health.status === 'ok' ? 'running' : health.status}
        {health.queue > 0 && `; ${health.queue} photos wait for the network`}. {collections.length}{' '}
        {collections.length === 1 ? 'collection' : 'collections'}, {bytesText(total)}.
        {error && ' The last look at the server failed; what follows is older.'}
      </p>
      <section aria-labelledby="jobs-title">
        <h2 id="jobs-title">Running</h2>
        {active.length === 0 && <p class="hint">No sync is running.</p>}
        {active.map((job) => (
          <JobCard key={job.id} job={job} />
        ))}
      </section>
      <section aria-labelledby="collections-title">
        <h2 id="collections-title">Collections</h2>
        {collections.map((each) => (
          <CollectionCard
            key={each.name}
            listing={each}
            lastSync={jobs.filter((job) => job.collection === each.name && !isActive(job) && job.finished).sort((a, b) => b.finished!.localeCompare(a.finished!))[0]}
            changed={each.last_change ? agoText(each.last_change) : ''}
          />
        ))}
      </section>
      <section aria-labelledby="speed-title">
        <h2 id="speed-title">Speed</h2>
        <Speeds speeds={speeds} />
      </section>
      <p class="hint">
        Everything on this page can also be asked over REST: <a href="/docs">/docs</a>
      </p>
    </div>
  )
}
