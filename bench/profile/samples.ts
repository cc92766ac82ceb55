/** A function as Chromium's profiler names it. */
export interface Frame {
  functionName: string
  url: string
  /** Counted from 0; -1 where there is none. */
  line: number
  column: number
}

/** Where one thread's time went: seconds by function, without what it calls. */
export interface ThreadSamples {
  process: number
  thread: number
  /** As Chromium calls it: `CrRendererMain`, `DedicatedWorker thread`. */
  name: string
  /** Seconds in which it did something. */
  busy: number
  self: Array<{ frame: Frame; seconds: number }>
}

/** The parts of trace events that are read (Trace Event Format; V8 writes `Profile` and `ProfileChunk`). */
export interface TraceEvent {
  name: string
  pid: number
  tid: number
  id?: string
  args: {
    name?: string
    data?: {
      cpuProfile?: {
        nodes?: Array<{ id: number; callFrame: CallFrame }>
        samples?: number[]
      }
      /** Microseconds from one sample to the next. */
      timeDeltas?: number[]
    }
  }
}

interface CallFrame {
  functionName: string
  url?: string
  lineNumber?: number
  columnNumber?: number
}

interface Profile {
  pid: number
  tid: number
  frames: Map<number, Frame>
  microseconds: Map<number, number>
}

const IDLE = '(idle)'

/** Sums up the samples of every thread in a trace, the busiest first. */
export function samplesOf(events: readonly TraceEvent[]): ThreadSamples[] {
  const names = new Map<string, string>()
  const profiles = new Map<string, Profile>()
  for (const event of events) {
    const key = `${event.pid}/${event.id}`
    if (event.name === 'thread_name') names.set(`${event.pid}/${event.tid}`, event.args.name ?? '')
    else if (event.name === 'Profile') {
      profiles.set(key, { pid: event.pid, tid: event.tid, frames: new Map(), microseconds: new Map() })
    } else if (event.name === 'ProfileChunk') add(profiles.get(key), event)
  }
  return [...profiles.values()]
    .map((profile) => summed(profile, names.get(`${profile.pid}/${profile.tid}`) ?? ''))
    .sort((a, b) => b.busy - a.busy)
}

function add(profile: Profile | undefined, { args: { data } }: TraceEvent): void {
  if (profile === undefined || data === undefined) return
  for (const { id, callFrame } of data.cpuProfile?.nodes ?? []) {
    const { functionName, url = '', lineNumber = -1, columnNumber = -1 } = callFrame
    profile.frames.set(id, { functionName, url, line: lineNumber, column: columnNumber })
  }
  for (const [n, id] of (data.cpuProfile?.samples ?? []).entries()) {
    const delta = Math.max(0, data.timeDeltas?.[n] ?? 0)
    profile.microseconds.set(id, (profile.microseconds.get(id) ?? 0) + delta)
  }
}

function summed({ pid, tid, frames, microseconds }: Profile, name: string): ThreadSamples {
  const byFunction = new Map<string, { frame: Frame; seconds: number }>()
  let busy = 0
  for (const [id, time] of microseconds) {
    const frame = frames.get(id)
    if (frame === undefined || frame.functionName === IDLE) continue
    busy += time / 1e6
    // The same function stands in the tree once for each way to it.
    const key = `${frame.url}:${frame.line}:${frame.column}:${frame.functionName}`
    const found = byFunction.get(key) ?? { frame, seconds: 0 }
    found.seconds += time / 1e6
    byFunction.set(key, found)
  }
  return { process: pid, thread: tid, name, busy, self: [...byFunction.values()].sort((a, b) => b.seconds - a.seconds) }
}
