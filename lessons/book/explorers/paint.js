// What the game on a plane paints: D's map in fixed colours, points, arrows in a fixed scale, losses.
"use strict";

// The points of a flat array, each as [x, y].
const pairs = (flat) => Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]);

const paint = {
  CELLS: 40, // of the map, to each side
  FULL: 4, // the logit at which the colours are full, as in the lessons' figures
  STEEP: 8, // the slope at which an arrow is cut
  LONG: 50, // units of an arrow of that slope

  // The colours of the logit from -FULL to FULL, in small steps, as bytes.
  palette({ sideFake, ground, sideReal }, steps = 128) {
    return Array.from({ length: 2 * steps + 1 }, (_, i) => {
      const share = i / steps - 1;
      return looks.between(ground, share < 0 ? sideFake : sideReal, Math.abs(share));
    });
  },

  // The middles of the map's cells, row after row from the top: (CELLS^2, 2).
  places(reach) {
    const [n, places] = [paint.CELLS, new Float64Array(2 * paint.CELLS ** 2)];
    for (let i = 0; i < n * n; i++) {
      places[2 * i] = ((i % n) + 0.5 - n / 2) * (2 / n) * reach;
      places[2 * i + 1] = (n / 2 - Math.floor(i / n) - 0.5) * (2 / n) * reach;
    }
    return places;
  },

  map(ink, logits, palette, size) {
    const [n, half] = [paint.CELLS, (palette.length - 1) / 2];
    const [image, small] = [new ImageData(n, n), document.createElement("canvas")];
    logits.forEach((y, i) => {
      const share = Math.max(-1, Math.min(1, y / paint.FULL));
      const [r, g, b] = palette[Math.round(half * (1 + share))];
      image.data.set([r, g, b, 255], 4 * i);
    });
    small.width = small.height = n;
    small.getContext("2d").putImageData(image, 0, 0);
    ink.imageSmoothingEnabled = true;
    ink.drawImage(small, 0, 0, size, size);
  },

  // points: places [x, y] of the picture.
  dots(ink, points, radius, fill, rim) {
    ink.fillStyle = fill;
    ink.beginPath();
    for (const [x, y] of points) {
      ink.moveTo(x + radius, y);
      ink.arc(x, y, radius, 0, 2 * Math.PI);
    }
    ink.fill();
    if (!rim) return;
    ink.strokeStyle = rim;
    ink.lineWidth = 0.8;
    ink.stroke();
    ink.lineWidth = 1;
  },

  // From each point, the slope of D's logit there, [right, up].
  arrows(ink, points, slopes, colour) {
    ink.strokeStyle = colour;
    ink.beginPath();
    points.forEach(([x, y], i) => {
      const steep = Math.hypot(...slopes[i]);
      const scale = (paint.LONG / paint.STEEP) * Math.min(1, paint.STEEP / steep);
      if (steep > 0) arrow(ink, x, y, scale * slopes[i][0], -scale * slopes[i][1]);
    });
    ink.stroke();
  },

  // Both losses of a game, [D's, G's] a step, of `kept` steps at most. D's line is whole, G's dashed;
  // both numbers at which a game is level are drawn, too: levels, [its name, the number], D's and G's.
  losses(ink, pairs, levels, kept, w, h, look) {
    const all = [...pairs.flat().filter(Number.isFinite), ...levels.map(([, level]) => level)];
    const [least, most] = [Math.min(0, ...all), Math.max(2, ...all)];
    const high = (loss) => h - 8 - ((h - 16) * (loss - least)) / (most - least);
    ink.fillStyle = look.ground;
    ink.fillRect(0, 0, w, h);
    ink.font = "12px sans-serif";
    ink.strokeStyle = look.line;
    for (const [words, level] of levels) {
      line(ink, 0, high(level), w - 46, 0);
      ink.fillStyle = look.quiet;
      ink.fillText(words, w - 42, high(level) + 4);
    }
    for (const [colour, which, dash] of [[look.lossD, 0, []], [look.lossG, 1, [5, 3]]]) {
      ink.strokeStyle = ink.fillStyle = colour;
      ink.setLineDash(dash);
      ink.beginPath();
      pairs.forEach((pair, i) => ink.lineTo((i * (w - 48)) / kept, high(pair[which])));
      ink.stroke();
      line(ink, 8 + 110 * which, 10, 20, 0);
      ink.setLineDash([]);
      ink.fillText(`loss of ${which ? "G" : "D"}`, 34 + 110 * which, 14);
    }
  },
};

// What each sign on the plane means, with a sample of it.
function planeKeys(stage) {
  const list = kit.element(stage, "ul", { class: "keys" });
  const dot = (name, radius) => `<circle cx="7" cy="7" r="${radius}" fill="var(--${name})"/>`;
  const half = (paint.LONG * 4) / paint.STEEP;
  const shaft = `<path d="M1 7H${half}M${half - 6} 4L${half} 7L${half - 6} 10" fill="none" stroke="currentColor"/>`;
  const signs = [
    [14, dot("real", 3.5), "real points"],
    [14, dot("fake", 4), "fakes of G"],
    [14, dot("calm", 4), "fakes of the calm copy (EMA), if shown"],
    [half + 2, shaft, `which way D's logit rises, here by 4 per unit (cut at ${paint.STEEP})`],
  ];
  for (const [width, drawing, words] of signs) {
    const item = kit.element(list, "li");
    item.innerHTML = `<svg width="${width}" height="14" aria-hidden="true">${drawing}</svg>`;
    kit.element(item, "span", {}, words);
  }
  const item = kit.element(list, "li");
  kit.element(item, "span", {}, "D's logit: −4 fake");
  kit.element(item, "span", { class: "scale" });
  kit.element(item, "span", {}, "4 real; between them: no idea");
}
