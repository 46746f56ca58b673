(function () {
  "use strict";
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const theme = JSON.parse(document.getElementById("theme").textContent);

  /* Lay a chart out for a width in pixels, as charts.fit does. */
  function fit(spec, width) {
    const meta = spec.usermeta || {};
    if (meta.cells !== undefined) {
      const step = Math.floor((width - meta.labels) / Math.max(1, meta.cells));
      spec.width = { step: Math.min(84, Math.max(meta.step, step)) };
      return spec;
    }
    if (meta.panels !== undefined) {
      spec.columns = Math.max(1, Math.min(meta.panels, Math.floor(width / 220)));
      spec.spec.width = Math.floor((width - meta.margin) / spec.columns) - 8;
      return spec;
    }
    const room = Math.max(90, width - meta.margin);
    (spec.vconcat || [spec]).forEach(function (panel) { panel.width = room; });
    return spec;
  }

  async function draw(figure) {
    const live = figure.querySelector(".live");
    const width = Math.min(720, Math.floor(figure.querySelector(".drawing").clientWidth));
    if (!width || figure.dataset.width === String(width)) { return; }
    figure.dataset.width = String(width);
    const spec = fit(JSON.parse(figure.querySelector("script.spec").textContent), width);
    (spec.params || []).forEach(function (param) { if (param.name === "live") { param.value = true; } });
    const options = {
      mode: "vega-lite", renderer: "svg", actions: false, config: theme,
      tooltip: { theme: dark.matches ? "dark" : "light" },
    };
    live.hidden = false;
    await window.vegaEmbed(live, spec, options);
    figure.classList.add("drawn");
  }

  function svgOf(figure) {
    const still = figure.querySelector(".still svg").cloneNode(true);
    still.setAttribute("style", "background:#fff;color:#1c2129;font-family:Arial,sans-serif");
    if (!still.getAttribute("xmlns")) { still.setAttribute("xmlns", "http://www.w3.org/2000/svg"); }
    return "data:image/svg+xml;charset=utf-8," + encodeURIComponent(new XMLSerializer().serializeToString(still));
  }

  function whenNear(elements, act, margin) {
    const watcher = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) { if (entry.isIntersecting) { act(entry.target); } });
    }, { rootMargin: margin });
    elements.forEach(function (element) { watcher.observe(element); });
  }

  const figures = Array.from(document.querySelectorAll("figure.chart"));
  figures.forEach(function (figure) {
    const link = figure.querySelector(".save-svg");
    link.hidden = false;
    link.addEventListener("pointerdown", function () { link.href = svgOf(figure); });
    link.addEventListener("click", function () { link.href = svgOf(figure); });
  });
  const drawable = figures.filter(function (figure) { return figure.querySelector("script.spec"); });
  whenNear(drawable, draw, "400px");
  let waiting = 0;
  window.addEventListener("resize", function () {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(function () {
      drawable.filter(function (figure) { return figure.dataset.width; }).forEach(draw);
    }, 200);
  });

  const links = new Map();
  document.querySelectorAll(".contents a").forEach(function (link) { links.set(link.hash.slice(1), link); });
  whenNear(Array.from(document.querySelectorAll("main > section")), function (section) {
    links.forEach(function (link, name) {
      if (name === section.id) { link.setAttribute("aria-current", "true"); } else { link.removeAttribute("aria-current"); }
    });
    const link = links.get(section.id);
    const list = link && link.closest("ol");
    if (list && list.scrollWidth > list.clientWidth) { list.scrollLeft = link.offsetLeft - 16; }
  }, "-20% 0px -70% 0px");

  /* On paper the definitions are open, and afterwards as they were. */
  let opened = [];
  window.addEventListener("beforeprint", function () {
    opened = Array.from(document.querySelectorAll("details:not(.on-screen):not([open])"));
    opened.forEach(function (element) { element.open = true; });
  });
  window.addEventListener("afterprint", function () {
    opened.forEach(function (element) { element.open = false; });
  });
})();
