'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const place = document.getElementById('charts');
  const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const make = (tag, parent, properties) => parent.appendChild(Object.assign(document.createElement(tag), properties));

  function number(value) {
    if (value == null || !isFinite(value)) return '–';
    const size = Math.abs(value);
    if (size !== 0 && (size < 1e-4 || size >= 1e7)) return value.toExponential(2).replace(/\.?0+e/, 'e').replace('e+', 'e');
    return String(Number(value.toPrecision(5)));
  }

  // the index of the value next to a place, where a series has values at some steps only
  function near(values, index) {
    for (let i = 0; i < values.length; i++) {
      if (values[index - i] != null) return index - i;
      if (values[index + i] != null) return index + i;
    }
    return index;
  }

  // a chart, which takes what is new by update(spec) where it has the same series
  function build(spec, first) {
    const figure = make('figure', place, {className: first ? 'chart first' : 'chart'});
    const head = make('header', figure, {});
    make('h3', head, {textContent: spec.name});
    const log = make('button', head, {type: 'button', textContent: 'log scale', ariaPressed: 'false'});
    log.setAttribute('aria-label', 'log scale of ' + spec.name);
    const area = make('div', figure, {className: 'plot', tabIndex: 0});
    const along = spec.x || 'step';
    area.setAttribute('role', 'group');
    area.setAttribute('aria-label', spec.name + ' by ' + along + ', ' + spec.series.map(each => each.name).join(', ')
      + '. Left and right walk along it, plus and minus zoom, 0 shows all.');
    const read = make('p', figure, {className: 'read'});
    read.setAttribute('aria-live', 'off');
    const keys = make('div', figure, {className: 'keys'});
    const shown = spec.series.map(() => true);
    const height = first ? 300 : 220;
    let joined, steps, plot, at = -1, isLog = false;

    function take(next) {
      spec = next;
      joined = uPlot.join(spec.series.map(each => [each.x, each.y]));
      steps = joined[0];
    }

    const whole = () => ({min: steps[0], max: steps[steps.length - 1]});
    const label = value => spec.x ? number(value) : value.toLocaleString('en');
    const own = i => spec.series[i].colour ?? (i === 1 && spec.series[0].name === 'each batch' ? 0 : i);
    const color = i => spec.series[i].name === 'each batch' ? css('--faint') : css('--s' + own(i) % 8);
    const values = () => isLog ? joined.map((column, i) => i === 0 ? column : column.map(v => v > 0 || v == null ? v : null)) : joined;

    function tell(index) {
      if (index == null || index < 0) return;
      at = index;
      read.textContent = along + ' ' + label(steps[index]) + ': ' + spec.series
        .map((each, i) => shown[i] ? each.name + ' ' + number(joined[i + 1][near(joined[i + 1], index)]) : null)
        .filter(text => text != null).join(' · ');
    }

    function draw() {
      const zoomed = plot && {min: plot.scales.x.min, max: plot.scales.x.max};
      if (plot) plot.destroy();
      const axis = {stroke: css('--soft'), font: '12px system-ui, sans-serif', grid: {stroke: css('--line'), width: 1}, ticks: {stroke: css('--line'), width: 1}};
      plot = new uPlot({
        width: Math.max(200, area.clientWidth), height,
        legend: {show: false},
        cursor: {y: false, dataIdx: (u, series, index) => series === 0 || index == null ? index : near(u.data[series], index),
          drag: {x: true, y: false}, points: {size: 7}},
        scales: {x: {time: false, distr: spec.log ? 3 : 1}, y: isLog ? {distr: 3} : {}},
        axes: [
          {...axis, values: (u, splits) => splits.map(v => v == null ? '' : label(v))},
          {...axis, size: 62, values: (u, splits) => splits.map(v => v == null ? '' : number(v))},
        ],
        series: [{}].concat(spec.series.map((each, i) => ({
          label: each.name, show: shown[i], stroke: color(i), width: each.name === 'each batch' ? 1 : 2, spanGaps: true,
          points: {show: each.points === true && each.x.length < 60 || each.x.length === 1, size: 7, fill: color(i)},
        }))),
        hooks: {setCursor: [u => { if (u.cursor.idx != null && document.activeElement !== area) tell(u.cursor.idx); }]},
      }, values(), area);
      if (zoomed && zoomed.min != null) plot.setScale('x', zoomed);
      [...keys.children].forEach((key, i) => key.style.setProperty('--own', color(i)));
    }

    function update(next) {
      const {min, max} = plot.scales.x;
      const isWhole = min == null || min <= steps[0] && max >= steps[steps.length - 1];
      const step = at < 0 ? null : steps[at];
      take(next);
      plot.setData(values(), isWhole);
      if (!isWhole) plot.setScale('x', {min, max});
      const here = step == null ? -1 : steps.findIndex(each => each >= step);
      tell(here < 0 ? steps.length - 1 : here);
      if (here < 0) at = -1;
    }

    // a zoom by a factor around a place, in equal steps of what the axis shows
    function zoom(factor) {
      const {min, max} = plot.scales.x;
      const [there, back] = spec.log ? [Math.log, Math.exp] : [v => v, v => v];
      const half = (there(max) - there(min)) * factor / 2;
      const middle = at < 0 ? (there(min) + there(max)) / 2 : there(steps[at]);
      const all = whole();
      plot.setScale('x', {min: Math.max(all.min, back(middle - half)), max: Math.min(all.max, back(middle + half))});
    }

    take(spec);
    spec.series.forEach((each, i) => {
      const key = make('button', keys, {type: 'button', textContent: each.name, ariaPressed: 'true'});
      key.addEventListener('click', () => {
        shown[i] = !shown[i];
        key.ariaPressed = String(shown[i]);
        plot.setSeries(i + 1, {show: shown[i]});
        tell(at);
      });
    });
    log.addEventListener('click', () => { isLog = !isLog; log.ariaPressed = String(isLog); draw(); });
    area.addEventListener('keydown', event => {
      const {min, max} = plot.scales.x;
      const inside = index => Math.max(0, Math.min(steps.length - 1, index));
      const here = at < 0 ? 0 : at;
      const seen = steps.filter(step => step >= min && step <= max).length;
      const far = event.shiftKey ? 1 : Math.max(1, Math.round(seen / 50));
      let next = null;
      switch (event.key) {
        case 'ArrowRight': next = at < 0 ? 0 : inside(here + far); break;
        case 'ArrowLeft': next = at < 0 ? steps.length - 1 : inside(here - far); break;
        case 'Home': next = 0; break;
        case 'End': next = steps.length - 1; break;
        case '+': case '=': zoom(1 / 2); break;
        case '-': zoom(2); break;
        case '0': case 'Escape': plot.setScale('x', whole()); break;
        default: return;
      }
      event.preventDefault();
      read.setAttribute('aria-live', 'polite');
      if (next != null) {
        tell(next);
        const step = steps[next];
        if (step < plot.scales.x.min || step > plot.scales.x.max) zoom(1);
        plot.setCursor({left: plot.valToPos(step, 'x'), top: 10});
      }
    });
    area.addEventListener('blur', () => read.setAttribute('aria-live', 'off'));
    draw();
    let width = area.clientWidth;
    const observer = new ResizeObserver(() => setTimeout(() => {
      if (area.clientWidth !== width && area.clientWidth > 0) {
        width = area.clientWidth;
        plot.setSize({width, height});
      }
    }, 0));
    observer.observe(area);
    tell(steps.length - 1);
    at = -1;
    dark.addEventListener('change', draw);
    return {
      series: spec.series.map(each => each.name).join('\n'),
      figure,
      update,
      remove() {
        observer.disconnect();
        dark.removeEventListener('change', draw);
        plot.destroy();
        figure.remove();
      },
    };
  }

  const charts = new Map();

  function show(data) {
    const none = place.querySelector('.none');
    if (none) none.remove();
    data.charts.forEach((spec, i) => {
      const former = charts.get(spec.name);
      if (former && former.series === spec.series.map(each => each.name).join('\n')) {
        former.update(spec);
        return;
      }
      const chart = build(spec, i === 0);
      if (former) {
        former.figure.replaceWith(chart.figure);
        former.remove();
      } else if (place.children[i] !== chart.figure) {
        place.insertBefore(chart.figure, place.children[i]);
      }
      charts.set(spec.name, chart);
    });
    if (data.charts.length === 0) make('p', place, {className: 'none', textContent: 'There are none yet.'});
    document.getElementById('constant').textContent = data.constant.length ? 'Constant: ' + data.constant.join(' · ') : '';
  }

  function navigate() {
    const nav = document.querySelector('nav');
    const parts = [...document.querySelectorAll('main > section')];
    const links = parts.map(each => '#' + each.id);
    if (links.join() === [...nav.children].map(each => each.getAttribute('href')).join()) return;
    nav.replaceChildren();
    parts.forEach((each, i) => make('a', nav, {href: links[i], textContent: each.querySelector('h2').textContent}));
  }

  // takes over the parts of the page that are new; one that somebody is in stays until they leave
  const late = new Map();

  function replace(id, html, order) {
    const main = document.querySelector('main');
    const former = document.getElementById(id);
    if (former && former.contains(document.activeElement)) {
      late.set(id, html);
      return;
    }
    late.delete(id);
    const section = new DOMParser().parseFromString(html, 'text/html').body.firstElementChild;
    if (!former) {
      const next = order.slice(order.indexOf(id) + 1).map(each => document.getElementById(each)).find(each => each);
      main.insertBefore(section, next || null);
      return;
    }
    former.querySelectorAll('details[open]').forEach((open, i) => {
      const same = section.querySelectorAll('details')[i];
      if (same) same.open = true;
    });
    former.replaceWith(section);
  }

  function look() {
    const live = document.getElementById('live');
    const source = new EventSource('events');
    let isOver = false;
    source.onopen = () => { live.textContent = 'Live.'; };
    source.onerror = () => {
      if (isOver || source.readyState === EventSource.CLOSED) source.close();
      live.textContent = isOver ? 'The run is over; this page stays as it is.' : 'The connection is lost.';
    };
    source.onmessage = event => {
      const next = JSON.parse(event.data);
      isOver = next.state !== 'running';
      document.getElementById('head').innerHTML = next.head;
      for (const [id, html] of [...late, ...Object.entries(next.sections)]) {
        if (id !== 'curves') replace(id, html, next.order);
      }
      show(next.data);
      navigate();
      if (isOver) {
        source.close();
        live.textContent = 'The run is over; this page stays as it is.';
      }
    };
  }

  show(data);
  navigate();
  if (data.live) look();
  // whoever comes back to a run that goes on sees what is new
  else if (data.running) document.addEventListener('visibilitychange', () => { if (!document.hidden) location.reload(); });
})();
