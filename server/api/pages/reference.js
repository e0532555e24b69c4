// Draws openapi.json as a list of routes and messages. No library, no other host.
'use strict'

function element(name, className, text) {
  const made = document.createElement(name)
  if (className) made.className = className
  if (text !== undefined) made.textContent = text
  return made
}

/** Words with `code` in them. */
function inline(name, className, text) {
  const made = element(name, className)
  made.append(...text.split('`').map((part, at) => (at % 2 ? element('code', '', part) : part)))
  return made
}

function folded(head, ...parts) {
  const details = element('details')
  const summary = element('summary')
  summary.append(...head)
  details.append(summary, ...parts)
  return details
}

const code = (value) => element('pre', '', JSON.stringify(value, null, 2))

function route(path, method, operation) {
  const head = [element('span', 'method', method.toUpperCase()), element('code', '', path), ' ',
    inline('span', 'words', operation.summary ?? '')]
  const parts = []
  if (operation.description) parts.push(inline('p', '', operation.description))
  if (operation.parameters) parts.push(element('h4', '', 'Parameters'), code(operation.parameters))
  if (operation.requestBody) parts.push(element('h4', '', 'Body'), code(operation.requestBody.content))
  parts.push(element('h4', '', 'Answers'), code(operation.responses))
  return folded(head, ...parts)
}

async function draw() {
  const api = await (await fetch('/api/v1/openapi.json')).json()
  const [about, ...listed] = (api.info.description ?? '').split('\n- ')
  document.getElementById('about').append(inline('p', '', about))
  document.getElementById('listed').append(...listed.map((line) => inline('li', '', line)))
  const routes = document.getElementById('routes')
  routes.replaceChildren()
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      if (operation.responses) routes.append(route(path, method, operation))
    }
  }
  const schemas = document.getElementById('schemas')
  for (const [name, schema] of Object.entries(api.components.schemas)) {
    schemas.append(folded([element('code', '', name)], code(schema)))
  }
}

draw().catch((fault) => {
  document.getElementById('routes').textContent = `openapi.json cannot be read: ${fault.message}`
})
