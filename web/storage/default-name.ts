const QUALITIES = ['Amber', 'Birch', 'Calm', 'Clear', 'Coral', 'Dusky', 'Early', 'Fern', 'Gentle', 'Golden', 'Hazel', 'Ivory', 'Jade', 'Keen', 'Lunar', 'Maple', 'Misty', 'Noble', 'Ocean', 'Olive', 'Pine', 'Quiet', 'River', 'Rosy', 'Sandy', 'Silver', 'Snowy', 'Stone', 'Sunny', 'Swift', 'Velvet', 'Winter'] as const // prettier-ignore
const ANIMALS = ['Badger', 'Bison', 'Crane', 'Deer', 'Dove', 'Eagle', 'Falcon', 'Finch', 'Fox', 'Gull', 'Hare', 'Heron', 'Ibis', 'Jay', 'Kestrel', 'Lark', 'Lynx', 'Marten', 'Moose', 'Newt', 'Otter', 'Owl', 'Plover', 'Raven', 'Robin', 'Seal', 'Stoat', 'Swan', 'Tern', 'Vole', 'Wren', 'Yak'] as const // prettier-ignore

/** What a new person is called until they say otherwise: two words, so that people in one room differ. */
export function makeDefaultName(random = crypto.getRandomValues(new Uint8Array(2))): string {
  const [a = 0, b = 0] = random
  return `${QUALITIES[a % QUALITIES.length]} ${ANIMALS[b % ANIMALS.length]}`
}
