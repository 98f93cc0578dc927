import { fileURLToPath } from 'node:url'

/**
 * The file that a worker thread starts from, beside this one. It has this file's extension: in a
 * checkout that is `.ts`, which Node.js runs as it is, and in the package it is `.js`.
 */
export function workerFile(name: string): string {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
  return fileURLToPath(new URL(`./${name}${extension}`, import.meta.url))
}
