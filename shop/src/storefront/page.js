/** The storefront's page: products to buy, the orders of this visit with their traces, load and faults. */
const weftUrl = document.body.dataset.weft;
const byId = (id) => document.getElementById(id);
const price = new Intl.NumberFormat('en', {style: 'currency', currency: 'EUR'});

/** Makes an element; `children` are elements or text. */
function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

async function ask(method, path, body) {
  const headers = {'content-type': 'application/json'};
  if (token !== undefined) headers.authorization = `Bearer ${token}`;
  const response = await fetch(path, {method, headers, ...(body === undefined ? {} : {body: JSON.stringify(body)})});
  return {ok: response.ok, status: response.status, body: await response.json()};
}

let token;
async function openSession() {
  const {tenant, tier} = Object.fromEntries(new FormData(byId('visitor')));
  token = (await ask('POST', '/api/session', {tenant, tier, customer: 'you'})).body.token;
}

function traceLink(traceId) {
  return element('a', {href: `${weftUrl}/trace/${traceId}`, target: '_blank', rel: 'noopener'}, traceId);
}

async function buy(product, button) {
  button.disabled = true;
  const started = performance.now();
  const {ok, body} = await ask('POST', '/api/checkout', {
    lines: [{sku: product.sku, quantity: 1}],
    card: '4111111111111111',
  }).catch((error) => ({ok: false, body: {error: {message: error.message}}}));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  button.disabled = false;
  const outcome = ok
    ? `${product.name}, ${price.format(body.total_cents / 100)}`
    : `${product.name}: ${body.error.message}`;
  byId('no-orders').hidden = true;
  const line = element('li', {className: ok ? 'done' : 'failed'}, `${outcome} · ${seconds} s`, element('br'));
  if (body.trace_id !== undefined) line.append('trace ', traceLink(body.trace_id));
  byId('orders').prepend(line);
}

async function showProducts() {
  const {ok, body} = await ask('GET', '/api/products');
  if (!ok)
    return byId('products').replaceChildren(element('li', {}, `The products cannot be shown: ${body.error.message}`));
  byId('products').replaceChildren(
    ...body.map((product) => {
      const button = element('button', {type: 'button', ariaLabel: `Buy ${product.name}`}, 'Buy');
      button.addEventListener('click', () => buy(product, button));
      const about = element('small', {}, `${price.format(product.price_cents / 100)} · ${product.stock} left`);
      return element('li', {}, element('strong', {}, product.name), about, button);
    }),
  );
}

async function showLoad() {
  const {shape, shapes} = (await ask('GET', '/api/load')).body;
  byId('load').replaceChildren(
    ...Object.entries(shapes).map(([id, {title, arrivalsPerSecond}]) => {
      const button = element('button', {type: 'button', ariaPressed: String(id === shape)}, title);
      button.title = `${arrivalsPerSecond} visits a second`;
      button.addEventListener('click', async () => {
        await ask('PUT', '/api/load', {shape: id});
        for (const other of byId('load').children) other.ariaPressed = String(other === button);
      });
      return button;
    }),
  );
}

let shownFaults = '';
function showFaults(faults) {
  const text = JSON.stringify(faults);
  if (text === shownFaults) return;
  shownFaults = text;
  const focused = document.activeElement?.dataset.fault;
  byId('faults').replaceChildren(
    ...faults.map((fault) => {
      const isOn = fault.mode === 'on';
      const button = element('button', {type: 'button', ariaPressed: String(isOn)}, isOn ? 'On' : 'Off');
      button.dataset.fault = fault.id;
      button.ariaLabel = `${fault.title}: ${isOn ? 'on' : 'off'}`;
      button.addEventListener('click', async () => {
        const {body} = await ask('PUT', `/api/faults/${fault.id}`, {mode: isOn ? 'default' : 'on'});
        showFaults(body.faults);
      });
      const byItself =
        !isOn && fault.share > 0 ? ` Happens by itself now and then (${(fault.share * 100).toFixed(1)} %).` : '';
      return element(
        'li',
        {},
        element('span', {}, fault.title),
        element('small', {}, fault.symptom + byItself),
        button,
      );
    }),
  );
  if (focused !== undefined) byId('faults').querySelector(`[data-fault="${focused}"]`)?.focus();
}

byId('visitor').addEventListener('change', openSession);
await openSession();
await Promise.all([showProducts(), showLoad(), ask('GET', '/api/faults').then(({body}) => showFaults(body.faults))]);
setInterval(async () => showFaults((await ask('GET', '/api/faults')).body.faults), 5000);
