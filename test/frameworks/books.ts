/** What the tests store and look for. */
export interface Book {
  readonly title: string
  readonly year: number
  readonly genre: string
}

export const books: readonly Book[] = [
  { title: 'The Sea Rises', year: 1951, genre: 'nature' },
  { title: 'Quiet Springs', year: 1962, genre: 'nature' },
  { title: 'Machines That Count', year: 1950, genre: 'science' },
  { title: 'A Theory of Messages', year: 1948, genre: 'science' },
  { title: 'Nine Doors', year: 1999, genre: 'fiction' },
  { title: 'The Garden of Paths', year: 1941, genre: 'fiction' },
]
