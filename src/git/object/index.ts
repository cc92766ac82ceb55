export { concat, decodeStrict, decodeText, utf8 } from './bytes.ts'
export { parseCommit, scanCommit, serializeCommit, type Commit } from './commit.ts'
export { hashObject, objectHeader, Sha1, SUBTLE_HASH_BYTES } from './hash.ts'
export type { Header } from './headers.ts'
export { hostileName, hostileTarget, isDotGit } from './hostile-name.ts'
export { linksOf, type Link } from './links.ts'
export {
  bytesToHex,
  compareOids,
  equalBytes,
  fromHex,
  isOid,
  OID_BYTES,
  toHex,
  typeCode,
  typeName,
  type TypeCode,
} from './oid.ts'
export { parseSignature, personOf, signatureOf, type Signature } from './person.ts'
export { checkRefName, isRefName, isSharedRefName } from './ref-name.ts'
export { parseTag, scanTag, serializeTag, type Tag } from './tag.ts'
export {
  compareTreeNames,
  isGitlinkMode,
  isSymlinkMode,
  isTreeMode,
  MODE_EXECUTABLE,
  MODE_FILE,
  MODE_GITLINK,
  MODE_SYMLINK,
  MODE_TREE,
  parseTree,
  scanTree,
  serializeTree,
  TreeEntry,
  treeEntries,
} from './tree.ts'
