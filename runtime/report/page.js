/* The report's page. In: the JSON in #report-data and the base64 blobs beside it (report_panels.c says their form).
 * Out: the page; <html data-drawn> is the number of panels drawn, data-milliseconds the time since the page was asked
 * for, and every panel's element carries data-points and, once drawn, data-view, the ends of its x axis. With #check in the address data-pixels counts what is coloured.
 * All panels over time share one view: zooming one zooms all. */
'use strict';
(function () {
    const report = JSON.parse(document.getElementById('report-data').textContent);
    const root = document.documentElement, main = document.getElementById('report');
    const checking = location.hash === '#check';
    const redraws = [];  // called when the theme or the width changes

    // ---- small helpers ----

    function element(kind, className, text, ...children) {
        const made = document.createElement(kind);
        if (className) made.className = className;
        if (text !== undefined && text !== null) made.textContent = text;
        made.append(...children);
        return made;
    }

    function blobBytes(index) {
        const holder = document.getElementById('blob-' + index), text = atob(holder.textContent);
        const bytes = new Uint8Array(text.length);
        for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
        holder.remove();  // the text is not needed again
        return bytes;
    }

    const blobFloats = index => new Float32Array(blobBytes(index).buffer);
    const style = name => getComputedStyle(root).getPropertyValue(name).trim();
    const frame = draw => { let due = false; return () => { if (!due) { due = true; requestAnimationFrame(() => { due = false; draw(); }); } }; };

    // Colours that differ for colour-blind readers too, one row for light pages and one for dark.
    const palettes = {
        light: ['#2563c9', '#c2410c', '#0f7f5f', '#9333ae', '#a16207', '#be185d', '#0e7490', '#57606f'],
        dark: ['#79a9ff', '#ff9f6b', '#5fd3a8', '#d79bf0', '#e6c45a', '#ff8fb8', '#5fcbe0', '#b4bfcd']
    };
    const colourNumbers = new Map();  // one colour a name, the same in every panel
    function colour(name) {
        if (!colourNumbers.has(name)) colourNumbers.set(name, colourNumbers.size);
        const palette = palettes[root.dataset.theme];
        return palette[colourNumbers.get(name) % palette.length];
    }

    function shortNumber(value) {
        if (value === null || value === undefined || Number.isNaN(value)) return '–';
        const size = Math.abs(value);
        return size !== 0 && (size >= 1e6 || size < 1e-4) ? value.toExponential(3) : String(+value.toPrecision(6));
    }

    // Ticks at 1, 2, 5 times powers of ten, about `wanted` of them.
    function ticks(from, to, wanted) {
        const raw = (to - from) / Math.max(wanted, 1), power = 10 ** Math.floor(Math.log10(raw));
        const step = power * [1, 2, 5, 10].find(m => m * power >= raw * 0.9999), list = [];
        for (let k = Math.ceil(from / step - 1e-9); k * step <= to + step * 1e-9; k++) list.push(k * step);
        const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
        return list.map(value => ({ value, text: value.toFixed(Math.min(digits, 12)) }));
    }

    // ---- the view of time that panels share ----

    const isTimed = panel => panel.kind === 'raster' || (panel.kind === 'lines' && !panel.x);
    const timedStop = panel => panel.kind === 'raster' ? panel.stop : panel.start + panel.every * Math.max(panel.count, 1);
    const timed = report.panels.filter(isTimed);
    const whole = {
        from: Math.min(...timed.map(panel => panel.start)), to: Math.max(...timed.map(timedStop))
    };
    const [timeUnit, timeScale] = whole.to - whole.from <= 2 ? ['ms', 1e3] : ['s', 1];
    const time = { from: whole.from, to: whole.to, followers: [] };
    function setTime(from, to, sender) {
        const span = Math.min(Math.max(to - from, (whole.to - whole.from) * 1e-7), whole.to - whole.from);
        from = Math.min(Math.max(from, whole.from), whole.to - span);
        if (from === time.from && from + span === time.to) return;
        time.from = from;
        time.to = from + span;
        for (const follower of time.followers) if (follower !== sender) follower();
    }

    const edges = { left: 74, right: 16 };  // of every panel's plot, so that times stand above each other

    // ---- rasters ----

    function decodeTimes(bytes, count, tick, start) {
        const times = new Float64Array(count);
        let at = 0, ticksSoFar = 0;
        for (let k = 0; k < count; k++) {
            let byte = bytes[at++], step = byte & 127, weight = 128;
            while (byte > 127) { byte = bytes[at++]; step += (byte & 127) * weight; weight *= 128; }
            ticksSoFar += step;
            times[k] = start + ticksSoFar * tick;
        }
        return times;
    }

    function firstAtLeast(sorted, value) {
        let low = 0, high = sorted.length;
        while (low < high) { const mid = (low + high) >> 1; if (sorted[mid] < value) low = mid + 1; else high = mid; }
        return low;
    }

    function firstAbove(sorted, value) {
        let low = firstAtLeast(sorted, value);
        while (low < sorted.length && sorted[low] <= value) low++;
        return low;
    }

    function drawRaster(card, panel) {
        let rows = 0;
        const populations = panel.populations.map(p => {
            const bytes = blobBytes(p.ids);
            const made = {
                name: p.name, size: p.size, base: rows, times: decodeTimes(blobBytes(p.times), p.count, panel.tick, panel.start),
                ids: p.idBytes === 2 ? new Uint16Array(bytes.buffer) : new Uint32Array(bytes.buffer)
            };
            rows += p.size;
            return made;
        });
        const readout = element('div', 'readout'), canvas = element('canvas', 'raster');
        card.querySelector('.head').append(readout);
        card.append(canvas);
        const key = element('div', 'key');
        for (const p of populations) {
            const mark = element('span', '', `${p.name} (${p.size} cells, ${p.times.length} spikes)`);
            key.append(mark);
            redraws.push(() => mark.style.setProperty('--mark', colour(p.name)));
            mark.style.setProperty('--mark', colour(p.name));
        }
        card.append(key);
        const context = canvas.getContext('2d');
        const view = { from: 0, to: Math.max(rows, 1) };  // rows, counted from the bottom
        const margin = { ...edges, top: 8, bottom: 40 }, height = 380;
        let counts = new Uint16Array(0), image = null, width = 0, ratio = 1, pixels = 0;

        // How many spikes fall on each pixel of the plot; a mark is at least one pixel, more where there is room.
        function countSpikes(w, h) {
            if (counts.length !== w * h) { counts = new Uint16Array(w * h); image = context.createImageData(w, h); }
            counts.fill(0);
            const scaleX = w / (time.to - time.from), scaleY = h / (view.to - view.from);
            let visible = 0;
            for (const p of populations) visible += firstAbove(p.times, time.to) - firstAtLeast(p.times, time.from);
            const tall = Math.max(1, Math.min(Math.floor(scaleY * 0.8), Math.round(22 * ratio)));
            const room = w * h / Math.max(visible * tall, 1), least = Math.round((room > 400 ? 2.6 : 1.6) * ratio);
            const tallMark = room > 1 ? Math.max(tall, least) : tall, wideMark = room > 12 ? Math.max(1, least) : 1;
            for (const p of populations) {
                const last = firstAbove(p.times, time.to), times = p.times, ids = p.ids, base = p.base + 0.5 - view.from;
                const from = time.from, first = firstAtLeast(times, from);
                if (tallMark === 1 && wideMark === 1) {  // a million spikes: the plain loop
                    for (let k = first; k < last; k++) {
                        const y = h - (ids[k] + base) * scaleY;
                        if (y >= 0 && y < h) counts[(y | 0) * w + Math.min(((times[k] - from) * scaleX) | 0, w - 1)]++;
                    }
                    continue;
                }
                for (let k = first; k < last; k++) {
                    const x = Math.min(((times[k] - from) * scaleX) | 0, w - 1);  // a spike at the very end is in
                    const middle = h - (ids[k] + base) * scaleY;
                    if (middle < 0 || middle >= h) continue;
                    const top = Math.max(0, (middle - tallMark / 2 + 0.5) | 0), bottom = Math.min(h, top + tallMark);
                    const right = Math.min(w, x + wideMark);
                    for (let y = top; y < bottom; y++) for (let c = x; c < right; c++) counts[y * w + c]++;
                }
            }
        }

        // Counts to colour: full colour where a pixel holds as many spikes as most do, at least a visible tint.
        function paint(w, h) {
            const data = new Uint32Array(image.data.buffer);
            let occupied = 0, sum = 0;
            for (let i = 0; i < counts.length; i++) if (counts[i]) { occupied++; sum += counts[i]; }
            pixels = occupied;
            const mean = occupied ? sum / occupied : 1, shades = new Uint8Array(256);
            for (let n = 1; n < 256; n++) shades[n] = 255 * Math.min(1, mean < 1.5 ? 1 : 0.22 + 0.78 * (1 - Math.exp(-n / mean)));
            const scaleY = h / (view.to - view.from);
            for (let y = 0; y < h; y++) {
                const row = view.from + (h - y - 0.5) / scaleY;
                const p = populations.findLast(q => q.base <= row) || populations[0];
                const rgb = parseInt(colour(p ? p.name : '').slice(1), 16);
                const packed = (rgb >> 16 & 255) | (rgb & 0xff00) | (rgb & 255) << 16;
                for (let i = y * w, end = i + w; i < end; i++) {
                    const n = counts[i];
                    data[i] = n ? packed | shades[n < 255 ? n : 255] << 24 : 0;
                }
            }
            return data;
        }

        function drawAxes(plotWidth, plotHeight) {
            const g = context, ink = style('--soft'), grid = style('--grid');
            g.clearRect(0, 0, width, height);
            g.font = '12px ' + getComputedStyle(document.body).fontFamily;
            g.lineWidth = 1;
            g.fillStyle = ink;
            g.strokeStyle = grid;
            g.textAlign = 'center';
            g.textBaseline = 'top';
            for (const tick of ticks(time.from * timeScale, time.to * timeScale, plotWidth / 90)) {
                const x = Math.round(margin.left + (tick.value / timeScale - time.from) / (time.to - time.from) * plotWidth) + 0.5;
                g.beginPath(); g.moveTo(x, margin.top); g.lineTo(x, margin.top + plotHeight); g.stroke();
                g.fillText(tick.text, x, margin.top + plotHeight + 6);
            }
            g.fillText(`time (${timeUnit})`, margin.left + plotWidth / 2, margin.top + plotHeight + 23);
            g.textAlign = 'right';
            g.textBaseline = 'middle';
            for (const p of populations) {
                const place = row => margin.top + plotHeight - (row - view.from) / (view.to - view.from) * plotHeight;
                const low = Math.max(p.base, view.from), high = Math.min(p.base + p.size, view.to);
                if (high <= low) continue;
                const top = place(high), bottom = place(low);
                g.strokeStyle = grid;
                g.beginPath(); g.moveTo(margin.left, Math.round(top) + 0.5); g.lineTo(margin.left + plotWidth, Math.round(top) + 0.5); g.stroke();
                g.fillStyle = colour(p.name);
                g.fillRect(margin.left - 4, top, 3, bottom - top);
                g.fillStyle = ink;
                for (const tick of ticks(low - p.base, Math.max(high - p.base - 1, low - p.base + 0.01), (bottom - top) / 48))
                    if (Number.isInteger(tick.value)) g.fillText(tick.text, margin.left - 9, place(p.base + tick.value + 0.5));
                if (bottom - top > 16 && populations.length > 1) {
                    g.save();
                    g.translate(9, (top + bottom) / 2);
                    g.rotate(-Math.PI / 2);
                    g.textAlign = 'center';
                    g.fillStyle = colour(p.name);
                    g.fillText(p.name, 0, 0, Math.max(bottom - top - 4, 10));
                    g.restore();
                }
            }
        }

        function draw() {
            ratio = window.devicePixelRatio || 1;
            width = Math.max(canvas.clientWidth, 200);
            canvas.style.height = height + 'px';
            if (canvas.width !== Math.round(width * ratio)) {
                canvas.width = Math.round(width * ratio);
                canvas.height = Math.round(height * ratio);
            }
            context.setTransform(ratio, 0, 0, ratio, 0, 0);
            const plotWidth = width - margin.left - margin.right, plotHeight = height - margin.top - margin.bottom;
            drawAxes(plotWidth, plotHeight);
            const w = Math.round(plotWidth * ratio), h = Math.round(plotHeight * ratio);
            countSpikes(w, h);
            paint(w, h);
            // Through a bitmap of its own, so that the grid shows between the spikes.
            layer.width = w;
            layer.height = h;
            layer.getContext('2d').putImageData(image, 0, 0);
            context.drawImage(layer, margin.left, margin.top, plotWidth, plotHeight);
            card.dataset.pixels = pixels;
            card.dataset.view = `${time.from.toPrecision(4)} ${time.to.toPrecision(4)}`;
        }
        const layer = document.createElement('canvas'), later = frame(draw);
        time.followers.push(later);
        redraws.push(later);

        function place(event) {
            const box = canvas.getBoundingClientRect();
            const x = (event.clientX - box.left - margin.left) / (width - margin.left - margin.right);
            const y = 1 - (event.clientY - box.top - margin.top) / (height - margin.top - margin.bottom);
            return { x, y, inside: x >= 0 && x <= 1 && y >= 0 && y <= 1 };
        }
        function setRows(from, to) {
            const span = Math.min(Math.max(to - from, 2), Math.max(rows, 1));
            view.from = Math.min(Math.max(from, 0), Math.max(rows, 1) - span);
            view.to = view.from + span;
            later();
        }
        canvas.addEventListener('wheel', event => {
            const at = place(event);
            if (!at.inside && at.x >= 0) return;  // the margins scroll the page; left of the axis zooms rows
            event.preventDefault();
            const factor = Math.exp(Math.max(-1, Math.min(1, (event.deltaY || event.deltaX) * 0.0016)));
            const row = view.from + at.y * (view.to - view.from), moment = time.from + at.x * (time.to - time.from);
            if (event.shiftKey || at.x < 0) setRows(row - (row - view.from) * factor, row + (view.to - row) * factor);
            else setTime(moment - (moment - time.from) * factor, moment + (time.to - moment) * factor);
        }, { passive: false });
        let held = null;
        canvas.addEventListener('pointerdown', event => {
            held = { at: place(event), from: time.from, to: time.to, low: view.from, high: view.to };
            canvas.setPointerCapture(event.pointerId);
            canvas.classList.add('dragging');
        });
        canvas.addEventListener('pointerup', () => { held = null; canvas.classList.remove('dragging'); });
        canvas.addEventListener('pointercancel', () => { held = null; canvas.classList.remove('dragging'); });
        canvas.addEventListener('pointerleave', () => { readout.textContent = ''; });
        canvas.addEventListener('pointermove', event => {
            const at = place(event);
            if (held) {
                const shift = (held.at.x - at.x) * (held.to - held.from), rise = (held.at.y - at.y) * (held.high - held.low);
                setTime(held.from + shift, held.to + shift);
                if (held.high - held.low < rows) setRows(held.low + rise, held.high + rise);
            } else if (at.inside) {
                const row = Math.floor(view.from + at.y * (view.to - view.from));
                const p = populations.findLast(q => q.base <= row);
                const moment = (time.from + at.x * (time.to - time.from)) * timeScale;
                if (p) readout.textContent = `${p.name}[${row - p.base}] at ${moment.toPrecision(6)} ${timeUnit}`;
            }
        });
        canvas.addEventListener('dblclick', () => { setRows(0, rows); setTime(whole.from, whole.to); });
        resets.push(() => setRows(0, rows));
        draw();
        card.dataset.points = populations.reduce((sum, p) => sum + p.times.length, 0);
        if (panel.every > 1) note(card, `Cells whose number is a multiple of ${panel.every} are shown: ` +
            `the run has ${panel.populations.reduce((sum, p) => sum + p.total, 0)} spikes.`);
    }
    const resets = [];

    function note(card, text) { card.append(element('p', 'note', text)); }

    // ---- lines and bars, by uPlot ----

    const axisLabel = axis => axis.unit && axis.unit !== '1' ? `${axis.label} (${axis.unit})` : axis.label;

    function axisOptions(label, side) {
        const line = { stroke: () => style('--grid'), width: 1 };
        return {
            label, stroke: () => style('--soft'), grid: line, ticks: { ...line, size: 5 }, labelSize: side ? 22 : 20,
            size: side ? edges.left - 22 : 32, font: '12px system-ui, sans-serif', labelFont: '12px system-ui, sans-serif',
            values: (u, list) => list.map(value => value === null ? '' : shortNumber(value))
        };
    }

    function wheelZoom(u, apply) {
        u.over.addEventListener('wheel', event => {
            event.preventDefault();
            const share = event.offsetX / u.over.clientWidth, { min, max } = u.scales.x;
            const factor = Math.exp(Math.max(-1, Math.min(1, (event.deltaY || event.deltaX) * 0.0016))), at = min + share * (max - min);
            apply(at - (at - min) * factor, at + (max - at) * factor);
        }, { passive: false });
    }

    // Numbers for uPlot: a NaN is a gap, which uPlot writes null.
    function gaps(values) {
        return values.some(Number.isNaN) ? Array.from(values, value => Number.isNaN(value) ? null : value) : values;
    }

    function colouredPixels(u) {
        const { left, top, width, height } = u.bbox, data = u.ctx.getImageData(left, top, width, height).data;
        let count = 0;
        for (let i = 0; i < data.length; i += 4)
            if (data[i + 3] > 60 && Math.max(data[i], data[i + 1], data[i + 2]) - Math.min(data[i], data[i + 1], data[i + 2]) > 60) count++;
        return count;
    }

    function drawPlot(card, panel) {
        const bars = panel.kind === 'bars', linked = isTimed(panel);
        const series = panel.series.map(s => gaps(blobFloats(s.values)));
        let ready = false, following = false;
        let xs;
        if (panel.xValues !== undefined) xs = Float64Array.from(blobFloats(panel.xValues));
        else {
            const start = bars ? panel.start : panel.start * timeScale, step = bars ? panel.width : panel.every * timeScale;
            // Bars and steps need a last edge, so that the last bin has its width.
            const extra = bars || panel.shape === 'steps' ? 1 : 0;
            xs = Float64Array.from({ length: panel.count + extra }, (unused, k) => start + k * step);
            if (extra) for (let i = 0; i < series.length; i++) series[i] = [...series[i], bars ? null : series[i].at(-1)];
        }
        const xLabel = panel.x ? axisLabel(panel.x) : `time (${timeUnit})`;
        const paths = bars || panel.shape === 'steps' ? uPlot.paths.stepped({ align: 1 }) : undefined;
        const full = panel.x ? [xs[0], xs[xs.length - 1]] : [whole.from * timeScale, whole.to * timeScale];
        if (!(full[1] > full[0])) full[1] = full[0] + 1;
        const options = {
            width: card.clientWidth - 36, height: 250, legend: { live: true }, padding: [8, edges.right, 0, 0],
            scales: { x: { time: false, range: (u, min, max) => min === null || (linked && !ready) ? full : [min, max] } },
            axes: [axisOptions(xLabel, false), axisOptions(axisLabel(panel.y), true)],
            cursor: { drag: { x: true, y: false, setScale: true }, ...(linked ? { sync: { key: 'time' } } : {}), points: { size: 6 } },
            series: [{ label: panel.x ? axisLabel(panel.x) : `time (${timeUnit})`, value: (u, value) => shortNumber(value) },
                ...panel.series.map(s => ({
                    label: s.name, stroke: () => colour(s.name), width: bars ? 1.4 : 1.3, paths,
                    fill: bars ? () => colour(s.name) + '38' : undefined, points: { show: !bars && (xs.length < 2 || (panel.x && xs.length < 80)) },
                    value: (u, value) => value === null ? '–' : shortNumber(value) + (panel.y.unit && panel.y.unit !== '1' ? ' ' + panel.y.unit : '')
                }))],
            hooks: { draw: [u => { card.dataset.view = `${(u.scales.x.min / (linked ? timeScale : 1)).toPrecision(4)} ${(u.scales.x.max / (linked ? timeScale : 1)).toPrecision(4)}`; }],
                setScale: [(u, name) => { if (linked && name === 'x' && ready && !following) setTime(u.scales.x.min / timeScale, u.scales.x.max / timeScale, follow); }] }
        };
        if (bars) options.scales.y = { range: (u, min, max) => [0, Math.max(max, 1) * 1.05] };
        else if (panel.shape === 'steps') options.scales.y = { range: (u, min, max) => [0, Math.max(max, 1e-9) * 1.05] };
        const holder = element('div');
        card.append(holder);
        const plot = new uPlot(options, [xs, ...series], holder);
        const follow = frame(() => {
            following = true;
            plot.setScale('x', { min: time.from * timeScale, max: time.to * timeScale });
            queueMicrotask(() => { following = false; });
        });
        if (linked) time.followers.push(follow);
        const clamp = (min, max) => {
            if (linked) { setTime(min / timeScale, max / timeScale); return; }
            plot.setScale('x', { min: Math.max(min, full[0]), max: Math.min(max, full[1]) });
        };
        wheelZoom(plot, clamp);
        // uPlot's own double click shows all of its data; here it shows all of the run.
        plot.over.addEventListener('dblclick', () => linked ? setTime(whole.from, whole.to) : plot.setScale('x', { min: full[0], max: full[1] }));
        resets.push(() => { if (!linked) plot.setScale('x', { min: full[0], max: full[1] }); });
        redraws.push(() => plot.setSize({ width: Math.max(card.clientWidth - 36, 200), height: 250 }), () => plot.redraw(false));
        // uPlot draws in a microtask: what was drawn is known after it.
        pending.push(() => {
            ready = true;
            card.dataset.points = series.reduce((sum, values) => sum + values.length, 0);
            if (checking) card.dataset.pixels = colouredPixels(plot);
        });
        if (panel.bucket > 1) note(card, `Each point is the least or the greatest of ${panel.bucket} samples.`);
        if (panel.instances > series.length) note(card, `The first ${series.length} of ${panel.instances} traces.`);
        if (panel.beyond > 0) note(card, `${panel.beyond} values lie beyond the right end of the axis.`);
    }
    const pending = [];

    // ---- the page ----

    function makeTable(columns, rows, classes) {
        const table = element('table', 'plain');
        if (columns) table.append(element('thead', '', null, element('tr', '', null, ...columns.map(c => element('th', '', c)))));
        const body = element('tbody');
        for (const cells of rows)
            body.append(element('tr', '', null, ...cells.map((cell, k) => {
                const kind = classes ? classes[k] : '';
                return kind === 'name' ? element('td', '', null, element('code', '', cell)) : element('td', kind, cell);
            })));
        table.append(body);
        return element('div', 'scroll', null, table);
    }

    function makeCard(title, ...children) {
        const card = element('section', 'card', null, element('div', 'head', null, element('h2', '', title)), ...children);
        return card;
    }

    function setTheme(name) {
        root.dataset.theme = name;
        for (const redraw of redraws) redraw();
    }

    function makeHeader() {
        const dark = window.matchMedia('(prefers-color-scheme: dark)');
        root.dataset.theme = dark.matches ? 'dark' : 'light';
        dark.addEventListener('change', event => setTheme(event.matches ? 'dark' : 'light'));
        const theme = element('button', '', 'Light / dark'), reset = element('button', '', 'Whole run');
        theme.addEventListener('click', () => setTheme(root.dataset.theme === 'dark' ? 'light' : 'dark'));
        reset.addEventListener('click', () => { for (const action of resets) action(); setTime(whole.from, whole.to); });
        const title = element('div', '', null, element('h1', '', report.title));
        if (report.description) title.append(element('p', 'describe', report.description));
        main.append(element('header', '', null, title, element('div', 'buttons', null, ...(report.panels.length ? [reset] : []), theme)));
        if (report.facts.length)
            main.append(element('dl', 'facts', null, ...report.facts.map(([name, value]) =>
                element('div', '', null, element('dt', '', name), element('dd', '', value)))));
    }

    function makeExpectations() {
        if (!report.expectations.length) return;
        const held = report.expectations.filter(e => e.holds).length, all = report.expectations.length;
        const table = makeTable(null, report.expectations.map(e => [e.text, e.found]), ['name', 'value']);
        table.querySelectorAll('tr').forEach((row, k) => {
            const holds = report.expectations[k].holds;
            row.prepend(element('td', 'mark', null, element('span', 'verdict ' + (holds ? 'holds' : 'fails'), holds ? 'holds' : 'fails')));
        });
        const card = makeCard('Expectations', table);
        card.querySelector('h2').append(element('span', 'verdict ' + (held === all ? 'holds' : 'fails'), `${held} of ${all} hold`));
        main.append(card);
    }

    function makeTables() {
        const columns = element('div', 'columns');
        if (report.values.length) columns.append(makeCard('Values', makeTable(null, report.values, ['name', 'value'])));
        if (report.parameters.length)
            columns.append(makeCard('Parameters', makeTable(null, report.parameters, ['name', 'value', 'meaning'])));
        if (columns.childElementCount) main.append(columns);
        for (const table of report.tables) main.append(makeCard(table.title, makeTable(table.columns, table.rows)));
    }

    function makePanels() {
        let bars = null;
        for (const panel of report.panels) {
            const card = makeCard(panel.title);
            card.dataset.panel = panel.kind;
            if (panel.kind === 'bars') {  // histograms stand side by side
                if (!bars) { bars = element('div', 'columns'); main.append(bars); }
                bars.append(card);
            } else {
                bars = null;
                main.append(card);
            }
        }
        const cards = main.querySelectorAll('[data-panel]');  // drawn when all are in place: then widths are known
        report.panels.forEach((panel, k) => (panel.kind === 'raster' ? drawRaster : drawPlot)(cards[k], panel));
        if (timed.length)
            main.append(element('p', 'note', 'Wheel: zoom in time; with shift, or left of a raster: zoom in cells. Drag: move a raster, ' +
                'select a stretch of a plot. Double click: the whole run. A name in a legend shows or hides its line.'));
    }

    main.replaceChildren();
    makeHeader();
    makeExpectations();
    makePanels();
    makeTables();
    let lastWidth = main.clientWidth;
    const resized = frame(() => {
        if (main.clientWidth === lastWidth) return;
        lastWidth = main.clientWidth;
        for (const redraw of redraws) redraw();
    });
    new ResizeObserver(resized).observe(main);
    queueMicrotask(() => queueMicrotask(() => {
        for (const action of pending) action();
        root.dataset.drawn = report.panels.length;
        root.dataset.milliseconds = Math.round(performance.now());
    }));
})();
