// Figures of the status page, from what the server counts.

export interface Speed {
  stage: string
  count: number
  mean_ms: number
}

/** Mean times of the stages of requests, from the text of /metrics. */
export function speedsOf(metrics: string): Speed[] {
  const read = (suffix: string) => {
    const values = new Map<string, number>()
    const line = new RegExp(`^semblance_stage_seconds_${suffix}\\{stage="([^"]+)"\\} (\\S+)$`, 'gm')
    for (const match of metrics.matchAll(line)) values.set(match[1]!, Number(match[2]))
    return values
  }
  const sums = read('sum')
  return [...read('count')]
    .filter(([, count]) => count > 0)
    .map(([stage, count]) => ({ stage, count, mean_ms: ((sums.get(stage) ?? 0) / count) * 1000 }))
}

export function bytesText(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB']
  let unit = 0
  while (bytes >= 1024 && unit < units.length - 1) {
    bytes /= 1024
    ++unit
  }
  return `${bytes.toFixed(unit === 0 || bytes >= 100 ? 0 : 1)} ${units[unit]}`
}

export const numberText = (x: number) => x.toLocaleString('en')

export function millisecondsText(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`
}

/** "3 minutes ago" */
export function agoText(time: string, now = Date.now()): string {
  const seconds = (Date.parse(time) - now) / 1000
  if (Number.isNaN(seconds)) return time
  const format = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
  for (const [unit, length] of [['day', 86400], ['hour', 3600], ['minute', 60]] as const) {
    if (Math.abs(seconds) >= length) return format.format(Math.round(seconds / length), unit)
  }
  return 'just now'
}

const reasonWords: Record<string, string> = {
  unsupported_format: 'A format that is not understood',
  not_an_image: 'Not a picture',
  truncated: 'Cut short',
  too_large: 'Too large a file',
  too_many_pixels: 'Too many pixels',
  empty: 'Empty',
  unreadable: 'Cannot be read',
  timeout: 'Took too long',
  http_error: 'Its server refused',
  wrong_content_type: 'Its server sent something else',
  duplicate_id: 'An id twice',
  missing_file: 'The file is not there',
  bad_row: 'A row that makes no sense',
  embed_failed: 'The network failed on it',
}

export const reasonText = (reason: string) => reasonWords[reason] ?? reason
