import type { GitStore } from '../../../git/index.ts'

/** `store` with some of its methods replaced. */
export function overriding(store: GitStore, methods: Partial<GitStore>): GitStore {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(methods, name) ?? Reflect.get(target, name)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}
