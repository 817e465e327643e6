/** Keeps the clock of /mytime live: each event is the time as text. The browser connects again by itself. */
const clock = document.querySelector('time')
const state = document.querySelector('#state')
const source = new EventSource('/mytime/live')

source.addEventListener('message', ({ data }) => {
  clock.textContent = data
  clock.dateTime = new Date(data).toISOString()
})
source.addEventListener('open', () => {
  state.textContent = 'It is live.'
})
source.addEventListener('error', () => {
  state.textContent = 'The connection was lost; trying again.'
})
