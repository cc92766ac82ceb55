import fc from 'fast-check'
import { expect, test } from 'vitest'

import { harmlessHtml } from './raw-html.ts'

test('what a README may have stays', () => {
  expect(harmlessHtml('<p align="center">a <b>b</b><br/>')).toBe('<p align="center">a <b>b</b><br>')
  expect(harmlessHtml(`<img src=a.png width='40' ALT="x">`)).toBe('<img src="a.png" width="40" alt="x">')
  expect(harmlessHtml('<details open><summary>More</summary>')).toBe('<details open=""><summary>More</summary>')
  expect(harmlessHtml('<a name="here"></a><a id=there>')).toBe('<a data-anchor="here"></a><a data-anchor="there">')
  expect(harmlessHtml('1 < 2 <3')).toBe('1 &lt; 2 &lt;3')
})

test('what it may not have goes', () => {
  expect(harmlessHtml('a<script>x</script>b<style>*{}</style>c<!-- d -->e')).toBe('abce')
  expect(harmlessHtml('<img src="x" onerror="y" style="z" class="c" srcset="s">')).toBe('<img src="x">')
  expect(harmlessHtml('<svg onload=x><a href="javascript:1"></svg>t')).toBe('t')
  expect(harmlessHtml('<form action="x"><input><button>Send</button></form>')).toBe('Send')
  expect(harmlessHtml('<script>never closed <b>')).toBe('')
  expect(harmlessHtml('<a title="<img onerror=x>">')).toBe('<a title="&lt;img onerror=x>">')
})

test('no input gets an attribute or an element through that is not known', () => {
  const parts = fc.constantFrom(
    ...'< > " \' = / on onerror onload style script svg img a b p href src x ` - ! <!-- --> </ data-path \n'.split(' '),
    ' ',
  )
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 40 }), (pieces) => {
      const made = harmlessHtml(pieces.join(''))
      // Outside of quoted values, which end at the next double quote, there is only what the allow-list has.
      const bare = made.replace(/<[a-z][^"<>]*(?:"[^"]*"[^"<>]*)*>/g, (tag) => tag.replace(/"[^"]*"/g, ''))
      for (const [, name, rest] of bare.matchAll(/<\/?([a-z0-9]+)([^>]*)>/g)) {
        expect(['a', 'b', 'p', 'img']).toContain(name)
        expect(rest).toMatch(/^(?: (?:href|src)=)*$/)
      }
      expect(bare.replace(/<\/?[a-z0-9]+[^<>]*>/g, '')).not.toContain('<')
    }),
    { seed: 3, numRuns: 2000 },
  )
})
