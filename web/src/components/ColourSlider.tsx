import { show, weightOf } from '../search'
import { useStore } from '../store'

const words = (weight: number) =>
  weight === 0 ? 'shape only'
  : weight < 0.4 ? 'shape more than colour'
  : weight <= 0.6 ? 'shape and colour alike'
  : weight < 1 ? 'colour more than shape'
  : 'colour only'

/** What counts: shape at the left end, colour at the right. Hits follow while it moves. */
export function ColourSlider() {
  const collection = useStore((state) => state.collection)
  const view = useStore((state) => state.view)
  const weight = weightOf(view)
  return (
    <div class="slider">
      <label for="colour-weight">What counts</label>
      <input
        id="colour-weight"
        type="range"
        min="0"
        max="1"
        step="0.05"
        value={weight}
        disabled={!collection}
        aria-valuetext={words(weight)}
        onInput={(event) => show({ weight: Number(event.currentTarget.value) }, 'replace')}
      />
      <div class="slider-ends" aria-hidden="true">
        <span>Shape</span>
        <span>Colour</span>
      </div>
    </div>
  )
}
