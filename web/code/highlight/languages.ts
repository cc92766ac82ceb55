import type { Parser } from '@lezer/common'

type Load = () => Promise<Parser>

const javascript =
  (dialect: string): Load =>
  async () =>
    (await import('@lezer/javascript')).parser.configure({ dialect })
const cpp: Load = async () => (await import('@lezer/cpp')).parser
const css: Load = async () => (await import('@lezer/css')).parser
const html: Load = async () => (await import('@lezer/html')).parser
const xml: Load = async () => (await import('@lezer/xml')).parser
const yaml: Load = async () => (await import('@lezer/yaml')).parser
const json: Load = async () => (await import('@lezer/json')).parser
const python: Load = async () => (await import('@lezer/python')).parser
const markdown: Load = async () => {
  const { parser, GFM } = await import('@lezer/markdown')
  return parser.configure(GFM)
}

const BY_EXTENSION: Record<string, Load> = {
  js: javascript('jsx'),
  mjs: javascript('jsx'),
  cjs: javascript('jsx'),
  jsx: javascript('jsx'),
  ts: javascript('ts'),
  mts: javascript('ts'),
  cts: javascript('ts'),
  tsx: javascript('jsx ts'),
  json,
  jsonc: json,
  webmanifest: json,
  css,
  scss: async () => (await import('@lezer/sass')).parser,
  html,
  htm: html,
  svelte: html,
  vue: html,
  xml,
  svg: xml,
  md: markdown,
  markdown,
  py: python,
  pyi: python,
  rs: async () => (await import('@lezer/rust')).parser,
  c: cpp,
  h: cpp,
  cc: cpp,
  cpp,
  cxx: cpp,
  hh: cpp,
  hpp: cpp,
  java: async () => (await import('@lezer/java')).parser,
  go: async () => (await import('@lezer/go')).parser,
  yml: yaml,
  yaml,
  php: async () => (await import('@lezer/php')).parser,
}

/** The Lezer parser for a file name, by its ending; null where none is known and the text stays plain. */
export async function parserFor(fileName: string): Promise<Parser | null> {
  const extension = /\.([^./]+)$/.exec(fileName)?.[1]?.toLowerCase()
  const load = extension === undefined ? undefined : BY_EXTENSION[extension]
  return load === undefined ? null : await load()
}
