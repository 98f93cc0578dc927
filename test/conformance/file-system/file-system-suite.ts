import { describe, expect, it } from 'vitest'
import type { FileSystem, OpenFile } from '../../../src/base/file-system.ts'

export interface Subject extends AsyncDisposable {
  readonly fileSystem: FileSystem
  /** An empty folder. */
  readonly folder: string
}

/** What every file system does, whatever it keeps its files on. */
export function describeFileSystem(name: string, open: () => Promise<Subject>): void {
  describe(`the ${name} file system`, () => {
    describeContent(open)
    describeNames(open)
    describeRefusals(open)
  })
}

function describeContent(open: () => Promise<Subject>): void {
  it('reads back what was written in several parts', async () => {
    await using subject = await open()
    const path = `${subject.folder}/a`
    await using file = await subject.fileSystem.open(path, 'create')
    await file.write([bytes(1, 2), bytes(), bytes(3)], 0)
    expect(await contentOf(file)).toEqual(bytes(1, 2, 3))
    expect(await subject.fileSystem.readFile(path)).toEqual(bytes(1, 2, 3))
  })

  it('writes more parts than one system call takes', async () => {
    await using subject = await open()
    await using file = await subject.fileSystem.open(`${subject.folder}/a`, 'create')
    const parts = Array.from({ length: 3000 }, (_, i) => bytes(i & 0xff, 1))
    await file.write(parts, 0)
    expect(await contentOf(file)).toEqual(bytes(...parts.flatMap((part) => [...part])))
  })

  it('writes at an offset and fills a gap with zeros', async () => {
    await using subject = await open()
    await using file = await subject.fileSystem.open(`${subject.folder}/a`, 'create')
    await file.write([bytes(1)], 0)
    await file.write([bytes(9)], 3)
    expect(await contentOf(file)).toEqual(bytes(1, 0, 0, 9))
  })

  it('reads only as far as the file goes', async () => {
    await using subject = await open()
    await using file = await subject.fileSystem.open(`${subject.folder}/a`, 'create')
    await file.write([bytes(1, 2, 3)], 0)
    const target = new Uint8Array(8)
    expect(await file.read(target, 2)).toBe(1)
    expect(target[0]).toBe(3)
    expect(await file.read(target, 3)).toBe(0)
    expect(await file.read(target, 100)).toBe(0)
  })

  it('truncates, and reads zeros where it grows again', async () => {
    await using subject = await open()
    await using file = await subject.fileSystem.open(`${subject.folder}/a`, 'create')
    await file.write([bytes(1, 2, 3)], 0)
    await file.truncate(1)
    await file.truncate(3)
    await file.datasync()
    expect(await contentOf(file)).toEqual(bytes(1, 0, 0))
  })

  it('updates a file that exists', async () => {
    await using subject = await open()
    const path = `${subject.folder}/a`
    await writeFile(subject.fileSystem, path, bytes(1, 2, 3))
    await using file = await subject.fileSystem.open(path, 'update')
    await file.write([bytes(7)], 1)
    expect(await contentOf(file)).toEqual(bytes(1, 7, 3))
  })
}

function describeNames(open: () => Promise<Subject>): void {
  it('makes folders above a folder, and makes none twice', async () => {
    await using subject = await open()
    const path = `${subject.folder}/x/y/z`
    await subject.fileSystem.makeFolder(path)
    await subject.fileSystem.makeFolder(path)
    expect(await subject.fileSystem.stat(path)).toMatchObject({ kind: 'folder' })
  })

  it('lists a folder in the order of the names', async () => {
    await using subject = await open()
    await writeFile(subject.fileSystem, `${subject.folder}/b`, bytes(1))
    await writeFile(subject.fileSystem, `${subject.folder}/a`, bytes(1))
    await subject.fileSystem.makeFolder(`${subject.folder}/c`)
    await subject.fileSystem.syncFolder(subject.folder)
    expect(await subject.fileSystem.list(subject.folder)).toEqual([
      { name: 'a', kind: 'file' },
      { name: 'b', kind: 'file' },
      { name: 'c', kind: 'folder' },
    ])
  })

  it('renames a file over another', async () => {
    await using subject = await open()
    await writeFile(subject.fileSystem, `${subject.folder}/a`, bytes(1))
    await writeFile(subject.fileSystem, `${subject.folder}/b`, bytes(2))
    await subject.fileSystem.rename(`${subject.folder}/a`, `${subject.folder}/b`)
    expect(await subject.fileSystem.readFile(`${subject.folder}/b`)).toEqual(bytes(1))
    expect(await subject.fileSystem.stat(`${subject.folder}/a`)).toBeUndefined()
  })

  it('keeps an open file readable after it is unlinked', async () => {
    await using subject = await open()
    const path = `${subject.folder}/a`
    await using file = await subject.fileSystem.open(path, 'create')
    await file.write([bytes(5)], 0)
    await subject.fileSystem.unlink(path)
    expect(await subject.fileSystem.stat(path)).toBeUndefined()
    expect(await contentOf(file)).toEqual(bytes(5))
  })

  it('tells size and kind of a file', async () => {
    await using subject = await open()
    await writeFile(subject.fileSystem, `${subject.folder}/a`, bytes(1, 2))
    const facts = await subject.fileSystem.stat(`${subject.folder}/a`)
    expect(facts).toMatchObject({ kind: 'file', sizeBytes: 2 })
    expect(facts?.modifiedMs).toBeGreaterThan(0)
  })

  it('drops an empty folder', async () => {
    await using subject = await open()
    await subject.fileSystem.makeFolder(`${subject.folder}/x`)
    await subject.fileSystem.dropFolder(`${subject.folder}/x`)
    expect(await subject.fileSystem.list(subject.folder)).toEqual([])
  })
}

function describeRefusals(open: () => Promise<Subject>): void {
  it.each([
    ['open', (fs: FileSystem, path: string) => fs.open(path, 'read')],
    ['update', (fs: FileSystem, path: string) => fs.open(path, 'update')],
    ['read', (fs: FileSystem, path: string) => fs.readFile(path)],
    ['unlink', (fs: FileSystem, path: string) => fs.unlink(path)],
    ['rename', (fs: FileSystem, path: string) => fs.rename(path, `${path}2`)],
    ['list', (fs: FileSystem, path: string) => fs.list(path)],
    ['sync', (fs: FileSystem, path: string) => fs.syncFolder(path)],
    ['drop', (fs: FileSystem, path: string) => fs.dropFolder(path)],
    ['create a file in', (fs: FileSystem, path: string) => fs.open(`${path}/a`, 'create')],
  ])('does not %s what is absent, and names it', async (_, attempt) => {
    await using subject = await open()
    const path = `${subject.folder}/absent`
    const message: unknown = expect.stringContaining('absent')
    await expect(attempt(subject.fileSystem, path)).rejects.toMatchObject({
      name: 'ElanusError',
      code: 'FILE_NOT_FOUND',
      message,
    })
  })

  it('does not create a file that exists', async () => {
    await using subject = await open()
    await writeFile(subject.fileSystem, `${subject.folder}/a`, bytes(1))
    await expect(subject.fileSystem.open(`${subject.folder}/a`, 'create')).rejects.toMatchObject({
      code: 'FILE_EXISTS',
    })
  })

  it('does not make a folder where a file is', async () => {
    await using subject = await open()
    await writeFile(subject.fileSystem, `${subject.folder}/a`, bytes(1))
    await expect(subject.fileSystem.makeFolder(`${subject.folder}/a`)).rejects.toMatchObject({
      code: 'FILE_EXISTS',
    })
  })

  it('does not drop a folder that holds something', async () => {
    await using subject = await open()
    await writeFile(subject.fileSystem, `${subject.folder}/a`, bytes(1))
    await expect(subject.fileSystem.dropFolder(subject.folder)).rejects.toMatchObject({
      code: 'IO_FAILED',
    })
  })

  it('does not use a file that was closed', async () => {
    await using subject = await open()
    const file = await subject.fileSystem.open(`${subject.folder}/a`, 'create')
    await file.close()
    await expect(file.write([bytes(1)], 0)).rejects.toMatchObject({ code: 'IO_FAILED' })
    await expect(file.datasync()).rejects.toMatchObject({ code: 'IO_FAILED' })
  })
}

async function writeFile(fileSystem: FileSystem, path: string, content: Uint8Array): Promise<void> {
  await using file = await fileSystem.open(path, 'create')
  await file.write([content], 0)
}

async function contentOf(file: OpenFile): Promise<Uint8Array> {
  const target = new Uint8Array(await file.size())
  expect(await file.read(target, 0)).toBe(target.length)
  return target
}

function bytes(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values)
}
