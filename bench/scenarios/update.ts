import type { Page } from '@playwright/test'
import { median, percentile, ratio } from '../harness/figures.ts'
import { shareFrom } from '../rig/app.ts'
import { fileToEdit } from '../rig/file-to-edit.ts'
import { commitText, expectText, showFile, shownAt } from '../rig/follow.ts'
import { GitFollower } from '../rig/git-follow.ts'
import { probeFor } from '../rig/open-link.ts'
import { countsOf, installProbe, markOf } from '../rig/probe.ts'
import type { Rig } from '../rig/rig.ts'
import { describeRun } from './describe-run.ts'
import type { Report, Scenario, ScenarioContext } from './scenario.ts'

/** A commit on its way to who looks at the file. */
export const update: Scenario = {
  name: 'update',
  what: 'a one-file commit in one tab until shown in another, and in --tabs N; its bytes against `git fetch`',
  needsRepository: true,
  run,
}

/** Commits in each run. */
const COMMITS = 10
/** Milliseconds after a change was shown in which its last bytes still come. */
const LAST_BYTES = 300
const AIM_P95 = 300
const AIM_BYTES = 1.2

type Commit = {
  /** From the press on Commit to the text on screen, in each tab that looked. */
  milliseconds: number[]
  /** Payload bytes of one of these tabs, over data channels and its WebSocket, both ways. */
  bytes: number
  gitFetchBytes: number
}

async function run({ args, rig, say }: ScenarioContext): Promise<Report> {
  const { repository } = rig
  const relay = await rig.relay()
  const ana = await rig.device()
  const { link, page: author, token } = await shareFrom(ana, relay.url, repository.bundle)
  const there = await rig.fromThere(link)
  const file = fileToEdit(repository)
  const git = await GitFollower.start(rig)
  await showFile(author, token, repository.branch, file)
  const place: Place = { rig, author, git, file, token, link: there, changes: 0 }

  const followers = [await newFollower(place)]
  say(`  one tab looks at ${file}`)
  const few = await commits(place, followers, COMMITS * args.runs, say)
  while (followers.length < args.tabs) followers.push(await newFollower(place))
  say(`  ${args.tabs} tabs look at it`)
  const many = args.tabs === 1 ? few : await commits(place, followers, COMMITS * args.runs, say)
  await rig.profile('update', () => commits(place, followers, 1, say), new Map([['author', author]]))

  const [one, all] = [summary(few), summary(many)]
  const bytesVsGit = ratio(one.bytes, one.gitFetchBytes)
  return {
    figures: { ...one, ratio: { bytesVsGit }, withTabs: { tabs: args.tabs, ...all }, raw: { one: few, tabs: many } },
    rows: [
      { name: 'p50Ms', value: one.p50Ms, unit: 'ms' },
      { name: 'p95Ms', value: one.p95Ms, unit: 'ms', atMost: AIM_P95 },
      { name: `p50Ms, ${args.tabs} tabs`, value: all.p50Ms, unit: 'ms' },
      { name: `p95Ms, ${args.tabs} tabs`, value: all.p95Ms, unit: 'ms', atMost: AIM_P95 },
      { name: 'bytes', value: one.bytes, unit: 'bytes' },
      { name: 'gitFetchBytes', value: one.gitFetchBytes, unit: 'bytes' },
      { name: 'ratio.bytesVsGit', value: bytesVsGit, atMost: AIM_BYTES },
    ],
  }
}

interface Place {
  rig: Rig
  author: Page
  git: GitFollower
  file: string
  token: string
  link: string
  /** Made so far: no two say the same. */
  changes: number
}

/** A device that has all of it and looks at the file. */
async function newFollower({ rig, file, token, link }: Place): Promise<Page> {
  const { page } = await rig.device()
  await installProbe(page, await probeFor(rig, { count: true }))
  await page.goto(link)
  await markOf(page, 'durable')
  await showFile(page, token, rig.repository.branch, file)
  return page
}

async function commits(
  place: Place,
  followers: readonly Page[],
  count: number,
  say: (line: string) => void,
): Promise<Commit[]> {
  const made: Commit[] = []
  for (let n = 0; n < count; n++) {
    const text = `Change ${++place.changes} of this file.`
    for (const page of followers) await expectText(page, text)
    const before = await bytesOf(followers[0])
    const pressed = await commitText(place.author, text)
    const milliseconds = []
    for (const page of followers) milliseconds.push((await shownAt(page)) - pressed)
    await place.author.waitForTimeout(LAST_BYTES)
    const bytes = (await bytesOf(followers[0])) - before
    const commit = { milliseconds, bytes, gitFetchBytes: await place.git.follow(place.file, text) }
    made.push(commit)
    if (n % COMMITS === 0) say(describeRun('ours', n, { slowestMs: Math.max(...milliseconds), ...commit }))
  }
  ;(await place.rig.browser()).throwErrors()
  return made
}

async function bytesOf(page: Page | undefined): Promise<number> {
  if (page === undefined) return 0
  const { channelSent, channelReceived, socketSent, socketReceived } = await countsOf(page)
  return channelSent + channelReceived + socketSent + socketReceived
}

function summary(commits: readonly Commit[]) {
  const times = commits.flatMap(({ milliseconds }) => milliseconds)
  return {
    p50Ms: percentile(times, 50),
    p95Ms: percentile(times, 95),
    bytes: median(commits.map(({ bytes }) => bytes)),
    gitFetchBytes: median(commits.map(({ gitFetchBytes }) => gitFetchBytes)),
  }
}
