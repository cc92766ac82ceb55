export interface Room {
  /** Bytes. */
  used: number
  /** Bytes that the browser allows; 0 where it does not say. */
  quota: number
  /** The browser keeps what is stored until its user removes it. */
  persisted: boolean
}

/** Browsers differ in how much of `navigator.storage` they have. */
type Manager = Partial<StorageManager> | undefined

export async function measureRoom(storage: Manager = navigator.storage): Promise<Room> {
  const [estimate, persisted] = await Promise.all([storage?.estimate?.(), storage?.persisted?.()])
  return { used: estimate?.usage ?? 0, quota: estimate?.quota ?? 0, persisted: persisted ?? false }
}

/** Asks the browser to keep what is stored. True where it agreed. */
export async function persistRoom(storage: Manager = navigator.storage): Promise<boolean> {
  return (await storage?.persist?.()) ?? false
}
