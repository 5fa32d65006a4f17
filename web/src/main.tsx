import { render } from 'preact'
import { App } from './components/App'
import { setKeyAsker } from './api'
import { keepFocus } from './focus'
import { start } from './search'
import { askForKey } from './key'
import './styles.css'

setKeyAsker(askForKey)
const page = document.getElementById('page')!
render(<App />, page)
keepFocus(page)
void start()
