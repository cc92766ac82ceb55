import { describe, expect, it } from 'vitest'
import { repositoryFormat } from './git-config.ts'

const plain = { sha256: false, reftable: false, partial: false }

describe('repositoryFormat', () => {
  it.each([
    ['', plain],
    ['[core]\n\trepositoryformatversion = 0\n\tbare = false\n[remote "origin"]\n\turl = x\n', plain],
    ['[extensions]\n\tobjectformat = sha256\n', { ...plain, sha256: true }],
    ['[Extensions]\n  ObjectFormat=SHA1 ; the old one\n', plain],
    ['[extensions]\n\trefStorage = "reftable"\n', { ...plain, reftable: true }],
    ['[extensions] refstorage = files\n', plain],
    ['[extensions] refstorage = reftable # new\n', { ...plain, reftable: true }],
    ['[extensions]\n\tpartialClone = origin\n', { ...plain, partial: true }],
    ['[remote "origin"]\n\tpromisor = true\n\tpartialclonefilter = blob:none\n', { ...plain, partial: true }],
    ['[remote "or\\"igin"]\n\tpromisor\n', { ...plain, partial: true }],
    ['[remote "origin"]\n\tpromisor = false\n', plain],
    ['# [extensions]\n#\tobjectformat = sha256\n', plain],
    ['[branch "extensions"]\n\tobjectformat = sha256\n', plain],
  ])('reads %j', (config, format) => {
    expect(repositoryFormat(config)).toEqual(format)
  })
})
