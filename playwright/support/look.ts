import type { Page } from '@playwright/test'

/** What is wrong with how a page looks, in words; empty where nothing is. */
export async function looks(page: Page): Promise<string[]> {
  return [...(await overflows(page)), ...(await faintTexts(page))]
}

/** Elements that stick out of the window, so that the page scrolls sideways. */
async function overflows(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement
    if (scrollWidth <= clientWidth) return []
    const wide = [...document.body.querySelectorAll('*')].filter(
      (element) => element.getBoundingClientRect().right > clientWidth + 1,
    )
    const names = wide.slice(-3).map((element) => `${element.tagName}.${element.getAttribute('class') ?? ''}`)
    return [`wider than the window by ${scrollWidth - clientWidth} px: ${names.join(', ')}`]
  })
}

/** Texts with less contrast than WCAG 2 AA asks for: 4.5, or 3 for big ones. */
async function faintTexts(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    type Colour = [red: number, green: number, blue: number, alpha: number]
    // The canvas reads every notation that the browser writes.
    const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })
    const parse = (css: string): Colour => {
      if (canvas === null) throw new Error('There is no canvas.')
      canvas.clearRect(0, 0, 1, 1)
      canvas.fillStyle = css
      canvas.fillRect(0, 0, 1, 1)
      const [r = 0, g = 0, b = 0, a = 0] = canvas.getImageData(0, 0, 1, 1).data
      return [r, g, b, a / 255]
    }
    const over = ([r, g, b, a]: Colour, [x, y, z]: Colour): Colour => [
      r * a + x * (1 - a),
      g * a + y * (1 - a),
      b * a + z * (1 - a),
      1,
    ]
    const luminance = ([r, g, b]: Colour): number => {
      const linear = (c: number): number => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4)
      return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }
    const backgroundOf = (element: Element): Colour => {
      const layers: Colour[] = []
      for (let at: Element | null = element; at !== null; at = at.parentElement) {
        const colour = parse(getComputedStyle(at).backgroundColor)
        layers.push(colour)
        if (colour[3] === 1) break
      }
      const canvasColour: Colour = matchMedia('(prefers-color-scheme: dark)').matches
        ? [18, 18, 18, 1]
        : [255, 255, 255, 1]
      return layers.reduceRight((below, layer) => over(layer, below), canvasColour)
    }
    const faults = new Set<string>()
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) {
      const text = (walker.currentNode.textContent ?? '').trim()
      const element = walker.currentNode.parentElement
      if (text === '' || element === null || element.closest(':disabled, .visually-hidden, .skip') !== null) continue
      if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue
      const style = getComputedStyle(element)
      const background = backgroundOf(element)
      const [light, dark] = [luminance(over(parse(style.color), background)), luminance(background)].sort(
        (a, b) => b - a,
      )
      const ratio = ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05)
      const needed = parseFloat(style.fontSize) >= 24 ? 3 : 4.5
      if (ratio < needed) {
        faults.add(
          `contrast ${ratio.toFixed(2)} of "${text.slice(0, 40)}" (${style.color} on ${background.map(Math.round).slice(0, 3).join(' ')})`,
        )
      }
    }
    return [...faults]
  })
}
