import { kib } from '../base/units.ts'

/** Quantities as people read them. */
export function describeCount(count: number): string {
  return Math.round(count).toLocaleString('en-US')
}

export function describeRate(perSecond: number, what: string): string {
  return Number.isFinite(perSecond) ? `${describeCount(perSecond)} ${what}/s` : `– ${what}/s`
}

export function describeSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–'
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  const minutes = Math.floor(seconds / 60)
  const rest = String(Math.floor(seconds % 60)).padStart(2, '0')
  if (minutes < 60) return `${minutes}:${rest} min`
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${rest} h`
}

const sizeUnits = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const

export function describeSize(bytes: number): string {
  let value = bytes
  let unit = 0
  for (; value >= kib && unit < sizeUnits.length - 1; unit++) value /= kib
  return `${unit === 0 ? value : value.toPrecision(3)} ${sizeUnits[unit] ?? ''}`
}
