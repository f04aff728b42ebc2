'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const dark = matchMedia('(prefers-color-scheme: dark)');
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

  function build(spec, first) {
    const figure = make('figure', document.getElementById('charts'), {className: first ? 'chart first' : 'chart'});
    const head = make('header', figure, {});
    make('h3', head, {textContent: spec.name});
    const log = make('button', head, {type: 'button', textContent: 'log scale', ariaPressed: 'false'});
    log.setAttribute('aria-label', 'log scale of ' + spec.name);
    const area = make('div', figure, {className: 'plot', tabIndex: 0});
    area.setAttribute('role', 'group');
    area.setAttribute('aria-label', spec.name + ' by step, ' + spec.series.map(each => each.name).join(', ')
      + '. Left and right walk along the steps, plus and minus zoom, 0 shows all.');
    const read = make('p', figure, {className: 'read'});
    read.setAttribute('aria-live', 'off');
    const keys = make('div', figure, {className: 'keys'});
    const shown = spec.series.map(() => true);
    const joined = uPlot.join(spec.series.map(each => [each.x, each.y]));
    const steps = joined[0];
    let plot, at = -1, isLog = false;

    const color = i => spec.series[i].name === 'each batch' ? css('--faint') : css('--s' + (i === 1 && first ? 0 : i % 8));

    function tell(index) {
      if (index == null || index < 0) return;
      at = index;
      read.textContent = 'step ' + steps[index].toLocaleString('en') + ': ' + spec.series
        .map((each, i) => shown[i] ? each.name + ' ' + number(joined[i + 1][near(joined[i + 1], index)]) : null)
        .filter(text => text != null).join(' · ');
    }

    function draw() {
      const zoomed = plot && [plot.scales.x.min, plot.scales.x.max];
      if (plot) plot.destroy();
      const axis = {stroke: css('--soft'), font: '12px system-ui, sans-serif', grid: {stroke: css('--line'), width: 1}, ticks: {stroke: css('--line'), width: 1}};
      const values = isLog ? joined.map((column, i) => i === 0 ? column : column.map(v => v > 0 || v == null ? v : null)) : joined;
      plot = new uPlot({
        width: Math.max(200, area.clientWidth), height: first ? 300 : 220,
        legend: {show: false},
        cursor: {y: false, dataIdx: (u, series, index) => series === 0 || index == null ? index : near(u.data[series], index),
          drag: {x: true, y: false}, points: {size: 7}},
        scales: {x: {time: false}, y: isLog ? {distr: 3} : {}},
        axes: [
          {...axis, values: (u, splits) => splits.map(v => v == null ? '' : v.toLocaleString('en'))},
          {...axis, size: 62, values: (u, splits) => splits.map(v => v == null ? '' : number(v))},
        ],
        series: [{}].concat(spec.series.map((each, i) => ({
          label: each.name, show: shown[i], stroke: color(i), width: each.name === 'each batch' ? 1 : 2, spanGaps: true,
          points: {show: each.points === true && each.x.length < 60 || each.x.length === 1, size: 7, fill: color(i)},
        }))),
        hooks: {setCursor: [u => { if (u.cursor.idx != null && document.activeElement !== area) tell(u.cursor.idx); }]},
      }, values, area);
      if (zoomed && zoomed[0] != null) plot.setScale('x', {min: zoomed[0], max: zoomed[1]});
      [...keys.children].forEach((key, i) => key.style.setProperty('--own', color(i)));
    }

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
        case '+': case '=': case '-': {
          const half = (max - min) / (event.key === '-' ? 1 : 4);
          const middle = at < 0 ? (min + max) / 2 : steps[at];
          plot.setScale('x', {min: Math.max(steps[0], middle - half), max: Math.min(steps[steps.length - 1], middle + half)});
          break;
        }
        case '0': case 'Escape': plot.setScale('x', {min: steps[0], max: steps[steps.length - 1]}); break;
        default: return;
      }
      event.preventDefault();
      read.setAttribute('aria-live', 'polite');
      if (next != null) {
        const step = steps[next];
        if (step < plot.scales.x.min || step > plot.scales.x.max) {
          const half = (max - min) / 2;
          plot.setScale('x', {min: step - half, max: step + half});
        }
        tell(next);
        plot.setCursor({left: plot.valToPos(step, 'x'), top: 10});
      }
    });
    area.addEventListener('blur', () => read.setAttribute('aria-live', 'off'));
    draw();
    let width = area.clientWidth;
    new ResizeObserver(() => setTimeout(() => {
      if (area.clientWidth !== width && area.clientWidth > 0) {
        width = area.clientWidth;
        plot.setSize({width, height: first ? 300 : 220});
      }
    }, 0)).observe(area);
    tell(steps.length - 1);
    at = -1;
    dark.addEventListener('change', draw);
  }

  data.charts.forEach((spec, i) => build(spec, i === 0));
  if (data.charts.length === 0) make('p', document.getElementById('charts'), {textContent: 'There are none yet.'});
  if (data.constant.length) document.getElementById('constant').textContent = 'Constant: ' + data.constant.join(' · ');
  document.querySelectorAll('main > section').forEach(section =>
    make('a', document.querySelector('nav'), {href: '#' + section.id, textContent: section.querySelector('h2').textContent}));
  // whoever comes back to a run that goes on sees what is new
  if (data.running) document.addEventListener('visibilitychange', () => { if (!document.hidden) location.reload(); });
})();
