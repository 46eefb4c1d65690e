/** The storefront's page: products to buy, the orders of this visit with their traces, load and faults. */
const weftUrl = document.body.dataset.weft;
const byId = (id) => document.getElementById(id);
const price = new Intl.NumberFormat('en', {style: 'currency', currency: 'EUR'});
const secondsSince = (started) => ((performance.now() - started) / 1000).toFixed(1);
const shownOrders = 20;
const refreshMilliseconds = 5000;

/** Makes an element; `children` are elements or text. */
function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** Never rejects: a shop that cannot be reached is an answer too. */
async function ask(method, path, body) {
  const headers = {'content-type': 'application/json'};
  if (token !== undefined) headers.authorization = `Bearer ${token}`;
  try {
    const response = await fetch(path, {method, headers, ...(body === undefined ? {} : {body: JSON.stringify(body)})});
    return {ok: response.ok, status: response.status, body: await response.json()};
  } catch {
    return {ok: false, status: 0, body: {error: {message: 'the shop does not answer'}}};
  }
}

let token;
async function openSession() {
  const {tenant, tier} = Object.fromEntries(new FormData(byId('visitor')));
  token = (await ask('POST', '/api/session', {tenant, tier, customer: 'you'})).body.token;
}

/** As `ask`, with a session; a new one where the shop was started again and does not know the old. */
async function askAsVisitor(method, path, body) {
  const answer = await ask(method, path, body);
  if (answer.status !== 401) return answer;
  await openSession();
  return ask(method, path, body);
}

const outside = (href, text, label) =>
  element('a', {href, target: '_blank', rel: 'noopener', ...(label === undefined ? {} : {ariaLabel: label})}, text);

async function buy(product, button) {
  const started = performance.now();
  const clock = element('span', {className: 'clock', ariaHidden: 'true'});
  const line = element('li', {className: 'waiting'}, element('span', {}, `${product.name} …`), clock);
  byId('orders').querySelector('.none')?.remove();
  byId('orders').prepend(line);
  while (byId('orders').children.length > shownOrders) byId('orders').lastElementChild.remove();
  const tick = () => {
    clock.textContent = `${secondsSince(started)} s`;
  };
  tick();
  const ticking = setInterval(tick, 100);
  button.disabled = true;
  const {ok, body} = await askAsVisitor('POST', '/api/checkout', {
    lines: [{sku: product.sku, quantity: 1}],
    card: '4111111111111111',
  });
  clearInterval(ticking);
  const hadFocus = document.activeElement === document.body;
  button.disabled = false;
  if (hadFocus) button.focus({preventScroll: true});
  const outcome = ok
    ? `${product.name}, ${price.format(body.total_cents / 100)}`
    : `${product.name}: ${body.error.message}`;
  line.className = ok ? 'done' : 'failed';
  line.replaceChildren(
    element('span', {}, outcome),
    element('span', {className: 'clock'}, `${secondsSince(started)} s`),
    ...(body.trace_id === undefined
      ? []
      : [outside(`${weftUrl}/trace/${body.trace_id}`, `Trace ${body.trace_id.slice(0, 8)}`, `Trace ${body.trace_id}`)]),
  );
  await showProducts();
}

/** Redrawn only where the list changes; else the stock alone, so that nobody's focus is taken. */
async function showProducts() {
  const {ok, body} = await askAsVisitor('GET', '/api/products');
  const list = byId('products');
  const isDrawn = list.querySelector('button') !== null;
  if (!ok) {
    if (!isDrawn) list.replaceChildren(element('li', {}, `The products cannot be shown: ${body.error.message}`));
    return;
  }
  const about = (product) => `${price.format(product.price_cents / 100)} · ${product.stock} left`;
  if (isDrawn) {
    for (const product of body) {
      const small = list.querySelector(`[data-sku="${product.sku}"] small`);
      if (small !== null) small.textContent = about(product);
    }
    return;
  }
  list.replaceChildren(
    ...body.map((product) => {
      const button = element('button', {type: 'button', ariaLabel: `Buy ${product.name}`}, 'Buy');
      button.addEventListener('click', () => buy(product, button));
      const item = element('li', {}, element('strong', {}, product.name), element('small', {}, about(product)), button);
      item.dataset.sku = product.sku;
      return item;
    }),
  );
}

async function showLoad() {
  const {ok, body} = await ask('GET', '/api/load');
  if (!ok) return;
  const press = (shape) => {
    for (const button of byId('load').children) button.ariaPressed = String(button.dataset.shape === shape);
  };
  if (byId('load').children.length === 0) {
    byId('load').append(
      ...Object.entries(body.shapes).map(([id, {title, arrivalsPerSecond}]) => {
        const rate = arrivalsPerSecond === 0 ? '' : element('small', {}, `${arrivalsPerSecond}/s`);
        const button = element('button', {type: 'button'}, title, ' ', rate);
        button.dataset.shape = id;
        button.addEventListener('click', async () => {
          if ((await ask('PUT', '/api/load', {shape: id})).ok) press(id);
        });
        return button;
      }),
    );
  }
  press(body.shape);
}

let shownFaults = '';
function showFaults(faults) {
  const text = JSON.stringify(faults);
  if (faults === undefined || text === shownFaults) return;
  shownFaults = text;
  const focused = document.activeElement?.dataset.fault;
  byId('faults').replaceChildren(
    ...faults.map((fault) => {
      const isOn = fault.mode === 'on';
      const button = element('button', {type: 'button', role: 'switch', ariaChecked: String(isOn)});
      button.dataset.fault = fault.id;
      button.ariaLabel = fault.title;
      button.addEventListener('click', async () => {
        const {body} = await ask('PUT', `/api/faults/${fault.id}`, {
          mode: isOn || fault.mode === 'mended' ? 'default' : 'on',
        });
        showFaults(body.faults);
      });
      const mend = element('button', {type: 'button', className: 'mend'}, 'Mend');
      mend.ariaPressed = String(fault.mode === 'mended');
      mend.ariaLabel = `Mend: ${fault.title}`;
      mend.title = fault.mended ?? '';
      mend.addEventListener('click', async () => {
        const mode = fault.mode === 'mended' ? 'on' : 'mended';
        const {body} = await ask('PUT', `/api/faults/${fault.id}`, {mode});
        showFaults(body.faults);
      });
      const byItself = !isOn && fault.share > 0 ? ` By itself: ${(fault.share * 100).toFixed(1)} %.` : '';
      const find = outside(`${weftUrl}/?${fault.search}`, 'Find it in Weft', `Find in Weft: ${fault.title}`);
      return element(
        'li',
        {className: isOn ? 'on' : ''},
        element('strong', {}, fault.title),
        element('small', {}, `${fault.symptom}${byItself} `, find),
        ...(fault.mended !== undefined && (isOn || fault.mode === 'mended') ? [mend] : []),
        button,
      );
    }),
  );
  if (focused !== undefined) byId('faults').querySelector(`[data-fault="${focused}"]`)?.focus();
}

const refresh = async () => showFaults((await ask('GET', '/api/faults')).body.faults);
byId('visitor').addEventListener('change', openSession);
await openSession();
await Promise.all([showProducts(), showLoad(), refresh()]);
setInterval(() => {
  if (!document.hidden) void Promise.all([refresh(), showLoad()]);
}, refreshMilliseconds);
