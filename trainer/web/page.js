// Address, keyboard, clock and scrolling of a page; all that matters is decided on the server.
const doc = document
const STALE = 9000
const READ_LAST_WORDS = 2400
const COME_BACK = 1500
const ALARM = /connection/i // Gradio says in English only that the server is away
let place = location.search
let landed = false
let keepScroll = false
let pending = []
let waiting = null
let leaving = null
let away = false
let stood = null
let asking = null

const $ = (selector) => doc.querySelector(selector)
const busy = (on) => ['#page', '#call'].forEach((id) => $(id) && $(id).classList.toggle('going', on))
const atEnd = () => window.scrollTo({ top: doc.documentElement.scrollHeight })

function go(to, { push = true, stay = false } = {}) {
  place = to
  keepScroll = stay
  stood = null
  clearTimeout(leaving)
  leaving = null
  if (push) history.pushState(null, '', location.pathname + to)
  busy(true)
  trigger('select', { place: to })
}

const heardLines = () => doc.querySelectorAll('#talk li.seller:not(.sent)').length

function say(box) {
  const text = box.value.trim()
  if (!text) return
  const list = $('#talk ol')
  const bubble = doc.createElement('li')
  bubble.className = 'seller sent'
  bubble.textContent = text
  if (list) list.append(bubble)
  box.value = ''
  fit(box)
  doc.querySelectorAll('#aside .aside').forEach((one) => { one.hidden = true })
  pending.push({ text, number: heardLines() + pending.length + 1 })
  remember()
  clearTimeout(waiting)
  waiting = setTimeout(() => unsaid('', true), STALE)
  trigger('submit', { place, text })
  atEnd()
}

// Lines that did not get through go back into the box, in the order they were said.
function unsaid(text, offline) {
  const box = $('#line')
  const form = $('#composer')
  const lines = text ? [text] : pending.map((one) => one.text)
  if (box) {
    box.value = [...lines, box.value].filter(Boolean).join('\n')
    fit(box)
  }
  doc.querySelectorAll('#talk .sent').forEach((one) => one.remove())
  if (form && offline) form.dataset.offline = '1'
  clearTimeout(waiting)
  pending = []
  remember()
}

// What is typed or on its way outlives a reload of the page, in this tab only.
function remember() {
  const key = 'unsaid:' + callOf(place)
  const text = [...pending.map((one) => one.text), ($('#line') || {}).value].filter(Boolean).join('\n')
  if (text) sessionStorage.setItem(key, text)
  else sessionStorage.removeItem(key)
}

function fit(box) {
  box.style.height = 'auto'
  box.style.height = Math.min(box.scrollHeight + 2, 160) + 'px'
}

function show(turn) {
  const target = doc.getElementById('turn-' + turn)
  if (!target) return
  target.tabIndex = -1
  target.scrollIntoView({ behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth', block: 'center' })
  target.focus({ preventScroll: true })
  target.classList.remove('shown')
  void target.offsetWidth
  target.classList.add('shown')
}

doc.addEventListener('click', (event) => {
  if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
  const link = event.target.closest('a[data-go]')
  const quote = event.target.closest('a[data-turn]')
  const act = event.target.closest('[data-act]')
  const deed = event.target.closest('button[data-do]')
  const words = event.target.closest('[data-insert]')
  const menu = doc.querySelector('details.me[open]')
  if (menu && !event.target.closest('details.me')) menu.open = false
  if (event.target.closest('[data-print]')) {
    window.print()
  } else if (event.target.closest('[data-copy]')) {
    copy(event.target.closest('[data-copy]'))
  } else if (words) {
    insert(words.dataset.insert)
  } else if (deed && !deed.disabled) {
    undertake(deed, { ...deed.dataset })
    if (deed.dataset.do === 'close_aside' || (event.detail && deed.dataset.do.endsWith('hint'))) toTheLine()
  } else if (quote) {
    event.preventDefault()
    const box = formOf(quote)
    if (!box) show(quote.dataset.turn)
    else if (getSelection().isCollapsed) cite(box, (quote.querySelector('q') || quote).textContent, quote.dataset.turn)
  } else if (link) {
    event.preventDefault()
    go(link.dataset.go, { stay: 'stay' in link.dataset })
  } else if (act && !act.disabled) {
    act.disabled = true
    busy(true)
    setTimeout(() => { act.disabled = false }, 4000)
    trigger(act.dataset.act === 'start' ? 'click' : 'stop', { place })
  }
})

const openForms = () => [...doc.querySelectorAll('.change[open] [data-quote]')]

function quotesOf(card) {
  card.querySelectorAll('a.quote').forEach((quote) => {
    if (formOf(card)) quote.removeAttribute('href')
    else quote.setAttribute('href', '#turn-' + quote.dataset.turn)
  })
}

// Where a criterion is being corrected, its quotes are there to be taken over, whole or in part, and lead nowhere.
const formOf = (part) => openForms().find((box) => box.closest('.criteria > li').contains(part))

function cite(box, words, turn) {
  box.value = words.trim().replace(/^«|»$/g, '').trim()
  box.form.elements.turn.value = turn
}

// Where the part of a page that is being changed stands, which folds are open and what is typed into the other forms:
// all of it is found so again afterwards.
function whereItStands(button) {
  const part = button && button.closest('#page [id]')
  const talked = $('.talked')
  return {
    id: part && part.id, top: part && part.getBoundingClientRect().top, talked: talked && talked.scrollTop,
    typed: typedIn().filter((box) => box.form !== button.form && box.value !== box.defaultValue && box.closest('[id]'))
      .map((box) => [box.closest('[id]').id, box.form.dataset.do, box.name, box.value]),
    folds: [...doc.querySelectorAll('#page details.fold[open]')].map((fold) => fold.closest('[id]').id),
  }
}

function standAgain() {
  if (!stood) return
  stood.folds.forEach((id) => {
    const fold = doc.getElementById(id) && doc.getElementById(id).querySelector('details.fold')
    if (fold) fold.open = true
  })
  stood.typed.forEach(([id, deed, name, value]) => {
    const box = doc.getElementById(id) && doc.getElementById(id).querySelector(`form[data-do="${deed}"] [name="${name}"]`)
    if (box) unfold(Object.assign(box, { value }))
  })
  const part = stood.id && doc.getElementById(stood.id)
  const talked = $('.talked')
  if (talked && stood.talked) talked.scrollTop = stood.talked
  const moved = part ? part.getBoundingClientRect().top - stood.top : 0
  if (part && talked && talked.contains(part) && talked.scrollHeight > talked.clientHeight) talked.scrollTop += moved
  else if (part) window.scrollBy(0, moved)
  stood = null
}

// That a change is kept is said where it was made, and read out.
function tellSaved({ about, said }) {
  const part = said && doc.getElementById(about)
  const live = $('#live') || doc.body.appendChild(Object.assign(doc.createElement('p'), { id: 'live', className: 'said' }))
  live.setAttribute('aria-live', 'polite')
  live.textContent = ''
  if (!part) return
  const line = doc.createElement('p')
  line.className = 'saved'
  line.textContent = said
  const heading = part.querySelector('h3')
  if (heading) heading.after(line)
  else part.append(line)
  const head = $('.review-head')
  const edge = head && getComputedStyle(head).position === 'sticky' ? head.getBoundingClientRect().bottom : 0
  const { top, bottom } = line.getBoundingClientRect()
  if (top < edge || bottom > innerHeight) window.scrollBy(0, part.getBoundingClientRect().top - edge - 12)
  setTimeout(() => { live.textContent = said }, 60)
}

// What is wrong with a form is said at the form, and what was typed into it stays.
function tellAtForm(note) {
  const form = asking
  asking = null
  if (!form || !form.isConnected || !form.getClientRects().length) return null
  const told = doc.createElement('p')
  told.className = 'notice here'
  told.setAttribute('role', 'alert')
  told.textContent = note.textContent
  const button = form.querySelector('[type=submit]')
  form.insertBefore(told, button && button.parentElement === form ? button : form.matches('form') ? form.firstChild : null)
  note.hidden = true
  return told
}

// Whoever has read a hint goes on talking: the mouse that asked for it need not click into the line again.
function toTheLine() {
  const box = $('#line')
  if (box && matchMedia('(pointer: fine)').matches) box.focus()
}

// A deed beside the talk: what the button carries (data-…) or the form holds goes to the server with the place.
function undertake(button, { do: name, turnOf, ...fields }) {
  if (button) {
    button.disabled = true
    setTimeout(() => { button.disabled = false }, 4000)
    if (button.closest('#page')) busy(true)
  }
  if ('stay' in fields) keepScroll = true
  stood = 'stay' in fields ? whereItStands(button) : null
  asking = button && button.closest('#page form, .review-head')
  if (asking) asking.querySelectorAll('.notice').forEach((one) => one.remove())
  const given = { ...fields, place, do: name }
  if (turnOf !== undefined) given.turn = turnOf
  trigger('input', given)
}

// What a form holds, as texts; boxes of one name that are ticked stand together, parted by commas.
function filled(form, submitter) {
  const found = {}
  const data = new FormData(form)
  if (submitter && submitter.name) data.append(submitter.name, submitter.value)
  for (const [key, value] of data) {
    if (typeof value === 'string') found[key] = key in found ? found[key] + ',' + value : value
  }
  return found
}

function copy(button) {
  const box = button.parentElement.querySelector('input')
  box.select()
  const done = () => { button.textContent = button.dataset.copied }
  if (navigator.clipboard) navigator.clipboard.writeText(box.value).then(done, () => {})
  else if (doc.execCommand('copy')) done()
}

function insert(text) {
  const box = $('#line')
  box.value = text
  fit(box)
  remember()
  box.focus()
}

doc.addEventListener('submit', (event) => {
  const form = event.target
  if (form.id === 'composer') {
    event.preventDefault()
    say($('#line'))
    $('#line').focus()
  } else if (form.matches('form[data-goto]')) {
    event.preventDefault()
    const asked = [...new FormData(form)].filter(([, value]) => String(value).trim())
    go('?' + new URLSearchParams(asked), { stay: 'stay' in form.dataset })
  } else if (form.matches('form[data-do]')) {
    event.preventDefault()
    undertake(event.submitter || form.querySelector('[type=submit]'), { ...form.dataset, ...filled(form, event.submitter) })
  }
})

// A filter is applied as soon as it is chosen; two calls ticked are ready to be compared.
doc.addEventListener('change', (event) => {
  const form = event.target.closest('form[data-goto]')
  if (form && (form.matches('[data-at-once]') || event.target.matches('[data-at-once]'))) form.requestSubmit()
  if (event.target.matches('input[data-pick]')) pick()
})

// What is needed now and then is folded away beside what is always needed.
doc.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-opens]')
  const box = button && doc.getElementById(button.dataset.opens)
  if (!box) return
  box.hidden = !box.hidden
  button.setAttribute('aria-expanded', String(!box.hidden))
})

// One key instead of a click, in any keyboard layout; never while somebody writes.
doc.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, textarea, select, [contenteditable]')) return
  const meant = doc.querySelector(`#page [data-key="${event.code}"]`)
  if (!meant) return
  event.preventDefault()
  meant.click()
  if (event.code === 'Slash') setTimeout(() => $('#words') && $('#words').focus(), 900)
})

// What a long form has no answer for yet gets the same one.
doc.addEventListener('click', (event) => {
  const rest = event.target.closest('button[data-rest]')
  if (!rest) return
  rest.form.querySelectorAll('fieldset').forEach((one) => {
    if (!one.querySelector(':checked')) one.querySelectorAll(`[value="${rest.dataset.rest}"]`).forEach((box) => { box.checked = true })
  })
})

// Words selected in the transcript become the quote of the form that is open.
doc.addEventListener('mouseup', () => setTimeout(() => {
  const chosen = getSelection()
  const start = chosen && chosen.anchorNode && chosen.anchorNode.parentElement
  const line = start && start.closest('.talked li[value], .criteria [data-turn]')
  const words = String(chosen || '').trim()
  const open = openForms()
  if (!line || !words || !line.contains(chosen.focusNode) || !open.length) return
  const box = formOf(line) || open.find((one) => one.dataset.last) || open[open.length - 1]
  cite(box, words, line.dataset.turn || line.value)
}))
doc.addEventListener('focusin', (event) => {
  const form = event.target.closest && event.target.closest('.change form')
  const box = form && form.querySelector('[data-quote]')
  if (!box) return
  doc.querySelectorAll('[data-quote]').forEach((one) => { delete one.dataset.last })
  box.dataset.last = '1'
})
doc.addEventListener('input', (event) => {
  if (event.target.matches('[data-quote]')) event.target.form.elements.turn.value = ''
})

function pick() {
  const picked = [...doc.querySelectorAll('input[data-pick]:checked')].map((one) => one.value)
  const button = $('#compare')
  if (!button) return
  button.hidden = picked.length !== 2
  button.dataset.go = button.href = picked.length === 2 ? `?compare=${picked[0]}&with=${picked[1]}` : ''
}

doc.addEventListener('keydown', (event) => {
  if (event.key === ' ' && event.target.matches('[role=switch]')) {
    event.preventDefault()
    event.target.click()
  }
  const answer = event.target.closest && event.target.closest('form[data-do] textarea:not([data-lines])')
  if (answer && event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
    event.preventDefault()
    answer.form.requestSubmit()
    return
  }
  if (event.target.id !== 'line' || event.key !== 'Enter' || event.shiftKey || event.isComposing) return
  event.preventDefault()
  say(event.target)
})

doc.addEventListener('input', (event) => {
  if (event.target.id !== 'line') return
  fit(event.target)
  remember()
})

window.addEventListener('popstate', () => {
  if (location.search !== place) go(location.search, { push: false })
})

setInterval(() => {
  const head = $('#phone .onair')
  const timer = head && !head.dataset.over && head.querySelector('.timer')
  if (!timer) return
  const total = Math.floor(Number(head.dataset.elapsed) + (performance.now() - clockFrom) / 1000)
  const shown = String(Math.floor(total / 60)).padStart(2, '0') + ':' + String(total % 60).padStart(2, '0')
  if (timer.textContent !== shown) timer.textContent = shown
}, 500)

let serial = ''
let clockOf = ''
let clockFrom = 0
let words = ''
let noted = ''
let going = false

function settle() {
  const went = $('#went [data-serial]')
  if (went && went.dataset.serial !== serial) {
    serial = went.dataset.serial
    arrive(went.dataset)
  }
  const head = $('#phone .onair')
  const key = head ? head.dataset.call + head.dataset.elapsed : ''
  if (head && key !== clockOf) {
    clockOf = key
    clockFrom = performance.now()
  }
  const over = Boolean(head && head.dataset.over && head.dataset.call === callOf(place))
  if (over && !leaving) leaving = setTimeout(() => go(place, { push: false }), READ_LAST_WORDS)
  if (head) follow()
  const link = $('input[data-absolute]')
  if (link && link.value.startsWith('/')) link.value = location.origin + link.value
  const upload = $('#import-file button[aria-label]')
  if (upload) upload.removeAttribute('aria-label')
  const alarm = [...doc.querySelectorAll('.toast-body.error')].find((one) => ALARM.test(one.textContent))
  if (alarm) {
    alarm.closest('.toast-wrap').style.display = 'none'
    lost()
  }
  const far = $('#note [data-going]')
  if (far && !going) far.scrollIntoView({ block: 'center' })
  going = Boolean(far)
  const note = $('#note .notice')
  const said = note ? note.textContent + note.dataset.unsaid + (note.dataset.told || '') : ''
  if (said === noted) return
  noted = said
  if (!note) return
  busy(false)
  if (note.dataset.unsaid) unsaid(note.dataset.unsaid, false)
  const told = note.classList.contains('good') ? note : tellAtForm(note) || note
  told.scrollIntoView({ block: told === note ? 'center' : 'nearest' })
}

function callOf(query) {
  return new URLSearchParams(query).get('call')
}

// Keeps the newest words in sight, and knows when a line has arrived.
function follow() {
  const list = $('#talk ol')
  const count = list ? Number(list.dataset.count) : 0
  const heard = heardLines()
  if (pending.length && pending[0].number <= heard) {
    pending = pending.filter((one) => one.number > heard)
    if (!pending.length) clearTimeout(waiting)
    remember()
    delete $('#composer').dataset.offline
  }
  const now = count + ($('#speech') || {}).textContent + ($('#aside') || {}).textContent
  if (now !== words) {
    words = now
    atEnd()
  }
}

function arrive({ place: to, view, about, said }) {
  const first = !landed
  landed = true
  busy(false)
  clearTimeout(leaving)
  leaving = null
  if (to !== undefined) {
    if (to !== location.search) history.pushState(null, '', location.pathname + to)
    place = to
  }
  asking = null
  setTimeout(() => {
    look(view, first)
    tellSaved({ about, said })
  }, 20)
}

// Brings a page that has just come into sight and into focus.
function look(view, first, tries = 40) {
  if (view === 'line' && !$('#line')) {
    if (tries) setTimeout(() => look(view, first, tries - 1), 50)
    return
  }
  const titled = view === 'line' ? $('#phone .onair') : $('#main')
  if (titled) doc.title = titled.dataset.title + ' · ' + $('.brand b').textContent
  const box = $('#line')
  if (view === 'line') {
    box.value = box.value || sessionStorage.getItem('unsaid:' + callOf(place)) || ''
    fit(box)
    toTheLine()
    atEnd()
  } else if (!first && !keepScroll) {
    window.scrollTo(0, 0)
    if ($('.talked')) $('.talked').scrollTop = 0
    if (titled) titled.focus({ preventScroll: true })
  }
  if (keepScroll) standAgain()
  if (first && view !== 'line') putBack()
  const here = $('.coaching nav [aria-current]')
  if (here) here.parentNode.scrollLeft = here.offsetLeft - here.parentNode.offsetLeft - 60
  const rule = view !== 'line' && titled && titled.querySelector('.rule.asked')
  if (rule) rule.scrollIntoView({ block: 'center' })
  keepScroll = false
}

doc.documentElement.lang = location.pathname.split('/').find((part) => part === 'ru' || part === 'en') || 'ru'

// A session that has ended while the page was open: what was typed is kept, and the way leads through the door.
const ask = window.fetch
window.fetch = async (...asked) => {
  try {
    const answer = await ask(...asked)
    if (answer.status === 401) location.reload()
    return answer
  } catch (error) {
    if (error instanceof TypeError) lost()
    throw error
  }
}

// The server is away or was started anew: one line says so in the reader's language, and the page comes back with it.
function lost() {
  if (away) return
  away = true
  busy(false)
  window.addEventListener('pagehide', keepTyped)
  const line = $('#away')
  if (line) {
    line.hidden = false
    line.textContent = line.dataset.said
  }
  setTimeout(comeBack, COME_BACK)
}

async function comeBack() {
  try {
    const answer = await ask('/icon.svg', { cache: 'no-store' })
    if (answer.ok) return location.reload()
  } catch (error) { /* the next round asks again */ }
  setTimeout(comeBack, COME_BACK)
}

// What was typed into forms of the page is there again after it came back, in this tab only.
const typedIn = () => [...doc.querySelectorAll('#page form[data-do] :is(textarea, input[type=text])')]

function keepTyped() {
  const kept = typedIn().map((box) => [box.name, box.value])
  if (kept.some(([, value]) => value)) sessionStorage.setItem('typed:' + place, JSON.stringify(kept))
}

function putBack() {
  const key = 'typed:' + place
  const kept = JSON.parse(sessionStorage.getItem(key) || '[]')
  sessionStorage.removeItem(key)
  typedIn().forEach((box, number) => {
    const [name, value] = kept[number] || []
    if (name !== box.name || !value || value === box.value) return
    unfold(Object.assign(box, { value }))
  })
}

function unfold(box) {
  for (let fold = box.closest('details'); fold; fold = fold.parentElement.closest('details')) fold.open = true
}

// What unfolds below the edge of the screen comes into sight. The words of a link cannot be selected: beside an open
// form a quote is none.
doc.addEventListener('toggle', (event) => {
  const fold = event.target
  const card = fold.matches('.change') && fold.closest('.criteria > li')
  if (card) quotesOf(card)
  if (fold.open && fold.matches('.asides .change')) fold.scrollIntoView({ block: fold.matches('.trace') ? 'start' : 'nearest' })
}, true)
doc.head.insertAdjacentHTML('beforeend', '<link rel="icon" href="/icon.svg" type="image/svg+xml">')
new MutationObserver(settle).observe(doc.body, {
  childList: true, characterData: true, subtree: true, attributes: true, attributeFilter: ['data-serial', 'data-over', 'data-elapsed', 'data-count'],
})
trigger('select', { place })

// A text with lines of its own: Tab indents, Esc leaves the field, mistakes are asked for as it is typed.
let checking = null
let asked = 0

doc.addEventListener('keydown', (event) => {
  const box = event.target
  if (!box.matches || !box.matches('textarea[data-check]') || box.readOnly) return
  if (event.key === 'Escape') {
    box.dataset.left = '1'
  } else if (event.key === 'Tab' && !event.shiftKey && !box.dataset.left) {
    event.preventDefault()
    box.setRangeText('  ', box.selectionStart, box.selectionEnd, 'end')
    box.dispatchEvent(new Event('input', { bubbles: true }))
  }
})
doc.addEventListener('focusin', (event) => {
  if (event.target.matches('textarea[data-check]')) delete event.target.dataset.left
})
doc.addEventListener('input', (event) => {
  const box = event.target
  if (!box.matches('textarea[data-check]')) return
  clearTimeout(checking)
  checking = setTimeout(() => check(box), 500)
})

async function check(box) {
  const number = ++asked
  const given = new FormData()
  given.append('text', box.value)
  given.append('kind', box.form.elements.kind.value)
  const answer = await ask(box.dataset.check + '?lang=' + doc.documentElement.lang, { method: 'POST', body: given })
  const words = await answer.text()
  const told = $('#mistakes')
  if (number !== asked || !told) return
  if (answer.ok) told.innerHTML = words
  else told.textContent = words
}

doc.addEventListener('click', (event) => {
  const link = event.target.closest('[data-to-line]')
  const box = link && $('textarea[data-check]')
  if (!box) return
  const lines = box.value.split('\n')
  const number = Math.min(Number(link.dataset.toLine), lines.length)
  const start = lines.slice(0, number - 1).reduce((sum, line) => sum + line.length + 1, 0)
  box.focus()
  box.setSelectionRange(start, start + lines[number - 1].length)
  box.scrollTop = (number - 4) * parseFloat(getComputedStyle(box).lineHeight)
})

// Files go by a request of their own; the page then goes where the answer leads.
doc.addEventListener('submit', async (event) => {
  const form = event.target
  if (!form.matches('form[data-upload]')) return
  event.preventDefault()
  const button = form.querySelector('[type=submit]')
  const told = form.querySelector('[role=alert]')
  const named = button.textContent
  button.disabled = true
  button.lastChild.textContent = form.dataset.sending
  told.hidden = true
  try {
    const answer = await ask(form.dataset.upload, { method: 'POST', body: new FormData(form) })
    if (answer.ok) return go(new URL(answer.url).search)
    told.textContent = await answer.text()
  } catch (error) {
    told.textContent = String(error.message || error)
  }
  told.hidden = false
  button.lastChild.textContent = named
  button.disabled = false
})

setInterval(async () => {
  const box = doc.querySelector('[data-poll]')
  if (!box || box.dataset.asking) return
  box.dataset.asking = '1'
  try {
    const answer = await ask(box.dataset.poll)
    if (answer.ok) {
      box.innerHTML = await answer.text()
      if (answer.headers.get('x-state') !== 'running') delete box.dataset.poll
    }
  } catch (error) { /* the next round asks again */ }
  delete box.dataset.asking
}, 1000)
