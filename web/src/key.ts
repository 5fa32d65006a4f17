// The one question that the page asks: for a key, where the server wants one.

import { setState } from './store'

let answerWith: { resolve: (key: string) => void; reject: (error: Error) => void } | null = null

export function askForKey(refused: boolean): Promise<string> {
  setState({ keyWanted: { refused } })
  return new Promise((resolve, reject) => {
    answerWith = { resolve, reject }
  })
}

export function giveKey(key: string | null) {
  setState({ keyWanted: null })
  if (key) answerWith?.resolve(key)
  else answerWith?.reject(new Error('Without a key this server shows nothing. Reload the page to give one.'))
  answerWith = null
}
