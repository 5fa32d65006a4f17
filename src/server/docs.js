// Shows /openapi.json so that people can read it. Plain DOM calls: texts never become markup.
'use strict';

let description = {};

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function resolve(object) {
  if (!object || !object.$ref) return object;
  return object.$ref.slice(2).split('/').reduce((at, part) => at[part], description);
}

function typeOf(schema) {
  if (!schema) return '';
  if (schema.$ref) return schema.$ref.split('/').pop();
  if (schema.enum) return schema.enum.join(' | ');
  if (schema.const !== undefined) return schema.const;
  for (const key of ['oneOf', 'anyOf']) if (schema[key]) return schema[key].map(typeOf).join(' or ');
  if (schema.type === 'array') return `list of ${typeOf(schema.items)}`;
  const type = Array.isArray(schema.type) ? schema.type.join(' or ') : schema.type || 'bytes';
  const range = [schema.minimum, schema.maximum].map((limit) => limit ?? '');
  return range.join('') === '' ? type : `${type} ${range.join('..')}`;
}

function rowsOf(entries) {
  return entries.map(([name, needed, schema, text]) =>
    element('tr', {},
      element('td', {}, element('code', {}, name), needed ? ' *' : ''),
      element('td', { className: 'quiet' }, typeOf(schema)),
      element('td', {}, text || '',
        schema && schema.default !== undefined ? ` Default: ${schema.default}.` : '')));
}

function table(entries) {
  return element('table', {}, element('tbody', {}, ...rowsOf(entries)));
}

function fieldsOf(schema) {
  const whole = resolve(schema);
  if (!whole || !whole.properties) return element('p', {}, element('code', {}, typeOf(schema)));
  const needed = whole.required || [];
  return table(Object.entries(whole.properties)
    .map(([name, field]) => [name, needed.includes(name), field, (resolve(field) || {}).description]));
}

function example(value) {
  if (value === undefined) return null;
  return element('pre', {}, JSON.stringify(value, null, 2));
}

function requestOf(operation) {
  const parts = [];
  for (const [type, content] of Object.entries((operation.requestBody || {}).content || {})) {
    parts.push(element('details', {},
      element('summary', {}, 'Body as ', element('code', {}, type)),
      fieldsOf(content.schema), example(content.example)));
  }
  return parts;
}

function answersOf(operation) {
  return Object.entries(operation.responses).map(([status, answer]) => {
    const whole = resolve(answer);
    const content = Object.values(whole.content || {})[0] || {};
    return [status, false, content.schema, whole.description];
  });
}

function article(path, method, operation) {
  const parameters = operation.parameters || [];
  return element('article', { id: operation.operationId },
    element('h3', {}, element('code', { className: 'method' }, method.toUpperCase()),
      element('code', {}, path)),
    element('p', {}, operation.summary, ' ',
      element('span', { className: 'quiet' }, operation.description || '')),
    parameters.length === 0 ? null : element('details', {},
      element('summary', {}, 'Parameters'),
      table(parameters.map((each) => [each.name, each.required, each.schema, each.description]))),
    ...requestOf(operation),
    element('details', {}, element('summary', {}, 'Answers'), table(answersOf(operation)),
      ...Object.values(operation.responses).slice(0, 1)
        .map((answer) => example((Object.values(resolve(answer).content || {})[0] || {}).example))));
}

async function show() {
  const answer = await fetch('/openapi.json');
  description = await answer.json();
  document.getElementById('description').textContent = description.info.description;
  const operations = document.getElementById('operations');
  const list = element('ul');
  operations.replaceChildren();
  for (const tag of description.tags) {
    operations.append(element('h2', {}, tag.name),
      element('p', { className: 'quiet' }, tag.description));
    for (const [path, methods] of Object.entries(description.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        if (!operation.tags.includes(tag.name)) continue;
        operations.append(article(path, method, operation));
        list.append(element('li', {}, element('a', { href: `#${operation.operationId}` },
          operation.summary)));
      }
    }
  }
  operations.append(element('h2', {}, 'Objects'));
  for (const [name, schema] of Object.entries(description.components.schemas)) {
    operations.append(element('article', { id: name }, element('h3', {}, name),
      element('p', {}, schema.description || ''), fieldsOf(schema)));
  }
  document.getElementById('contents').append(list);
}

show().catch((error) => {
  document.getElementById('operations').textContent = `The description cannot be read: ${error}`;
});
