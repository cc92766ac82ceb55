import { expect, it } from 'vitest'
import { isLoopback, linkBase } from './loopback.ts'

it('knows this computer by all its names', () => {
  for (const name of ['localhost', 'a.localhost', '127.0.0.1', '127.1.2.3', '[::1]'])
    expect(isLoopback(name)).toBe(true)
  for (const name of ['192.168.0.2', 'localhost.example', '128.0.0.1', '127.evil.example']) {
    expect(isLoopback(name)).toBe(false)
  }
})

it('makes links that others can open, where there is a place for them', () => {
  expect(linkBase('http://localhost:8080', 'https://a.example')).toBe('https://a.example')
  expect(linkBase('http://localhost:8080', null)).toBe('http://localhost:8080')
  expect(linkBase('https://b.example/app', 'https://a.example')).toBe('https://b.example/app')
})
