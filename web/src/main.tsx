import { render } from 'preact'
import { App } from './components/App'
import { setKeyAsker } from './api'
import { start } from './search'
import { askForKey } from './key'
import './styles.css'

setKeyAsker(askForKey)
render(<App />, document.getElementById('page')!)
void start()
