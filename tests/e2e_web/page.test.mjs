import { after, before } from 'node:test'
import { startAll, stopAll } from './harness.mjs'
import './start.mjs'
import './results.mjs'
import './product.mjs'
import './states.mjs'
import './status.mjs'
import './duplicates.mjs'
import './keyboard.mjs'
import './looks.mjs'

before(startAll)
after(stopAll)
