import { useEffect, useRef, useState } from 'preact/hooks'
import * as api from '../api'
import { firstLane, recounted } from '../duplicates'
import type { DuplicateDecision, DuplicateGroup, DuplicatePage, DuplicateProgress, Lane, LaneCount } from '../types'

const pageSize = 20
const nextLook_ms = 1000

interface Found {
  lane: Lane
  decided: boolean
  groups: DuplicateGroup[]
  cursor: string | null
  lanes: LaneCount[]
  found: string
  items: number
  unreadable: number
  /** The collection has changed since. */
  isOld: boolean
}

interface State {
  found: Found | null
  /** Null: nothing is being looked for. */
  progress: DuplicateProgress | null
  error: string | null
  /** Only an admin may see them. */
  isForbidden: boolean
  isLoadingMore: boolean
  /** Groups of now can be shown in place of old ones. */
  hasNewer: boolean
}

const nothing: State = { found: null, progress: null, error: null, isForbidden: false, isLoadingMore: false, hasNewer: false }

const isPage = (answer: object): answer is DuplicatePage => 'groups' in answer
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Groups of a lane, page by page; waits while they are being found. `lane` null: the first that has any. */
export function useDuplicates(collection: string | undefined, lane: Lane | null, decided: boolean) {
  const [state, setState] = useState<State>(nothing)
  const [round, setRound] = useState(0)
  const version = useRef(0)
  const change = (next: Partial<State>) => setState((now) => ({ ...now, ...next }))

  useEffect(() => {
    if (!collection) return
    const mine = ++version.current
    const controller = new AbortController()
    const isMine = () => mine === version.current

    async function ask(fields: api.DuplicateFields): Promise<DuplicatePage | null> {
      while (isMine()) {
        const answer = await api.getDuplicates(collection!, fields, controller.signal)
        if (!isMine()) break
        if (isPage(answer)) return answer
        change({ progress: answer.progress })
        await wait(nextLook_ms)
      }
      return null
    }
    async function load() {
      const chosen = lane ?? (await ask({ limit: 1 }).then((first) => first && firstLane(first.lanes)))
      const page = chosen && (await ask({ lane: chosen, decided, limit: pageSize }))
      if (!page) return
      const { groups, lanes, found, items, unreadable, current, next_cursor: cursor } = page
      setState({ ...nothing, found: { lane: chosen, decided, groups, cursor, lanes, found, items, unreadable, isOld: !current } })
      if (!current) await watch()
    }
    /** Until there is a report of the collection as it is now. */
    async function watch() {
      for (;;) {
        await wait(nextLook_ms)
        const page = await ask({ limit: 1 })
        if (!page) return
        change({ progress: page.progress, hasNewer: page.current })
        if (page.current) return
      }
    }
    change({ error: null, hasNewer: false })
    load().catch((error) => {
      if (!isMine() || api.isAbort(error)) return
      const isForbidden = error instanceof api.ApiError && error.status === 403
      change({ progress: null, error: error instanceof Error ? error.message : String(error), isForbidden })
    })
    return () => {
      ++version.current
      controller.abort()
    }
  }, [collection, lane, decided, round])

  async function loadMore() {
    const { found, isLoadingMore } = state
    if (!found?.cursor || isLoadingMore || !collection) return
    const mine = version.current
    change({ isLoadingMore: true })
    try {
      const page = await api.getDuplicates(collection, {
        lane: found.lane, decided: found.decided, limit: pageSize, cursor: found.cursor,
      })
      if (mine !== version.current || !isPage(page)) return
      setState((now) => {
        if (!now.found) return now
        const known = new Set(now.found.groups.map((each) => each.group))
        const groups = [...now.found.groups, ...page.groups.filter((each) => !known.has(each.group))]
        return { ...now, found: { ...now.found, groups, cursor: page.next_cursor, lanes: page.lanes }, isLoadingMore: false, error: null }
      })
    } catch (error) {
      if (mine === version.current) change({ isLoadingMore: false, error: error instanceof Error ? error.message : String(error) })
    }
  }

  /** Resolves once the server has it. */
  async function decide(group: DuplicateGroup, decision: DuplicateDecision | null) {
    await api.decideDuplicates(collection!, group.group, decision)
    setState((now) => {
      if (!now.found) return now
      const before = now.found.groups.find((each) => each.group === group.group)?.decision ?? null
      const groups = now.found.groups.map((each) => (each.group === group.group ? { ...each, decision } : each))
      return { ...now, found: { ...now.found, groups, lanes: recounted(now.found.lanes, group.lane, before, decision) } }
    })
  }

  return { ...state, loadMore, decide, again: () => setRound((now) => now + 1) }
}
