// The latent plane: a VAE whose codes are two numbers. Drag a point, and the decoder draws its image;
// draw a digit, and the encoder says where on the plane it may lie.
"use strict";

{
  const [SIZE, REACH, SIDE] = [480, 3.4, 28]; // dots of the map, how far one sees, pixels of an image
  const ZOOM = 5; // of the images
  // Nats that each white pixel of a drawing costs, rebuilt, from which on it is called no digit: so much
  // it is for one in fifteen of the test images.
  const STRANGE = 2.35;
  const POINT = "#f0a06a";
  const PRIOR = Math.sqrt(-2 * Math.log(0.05)); // so far from 0 lie 95 of 100 codes of the prior, on a plane
  const BRUSH = 1.25; // pixels, from the middle of a stroke to its rim
  const DIGITS = ["#1f5c9e", "#b3470b", "#24704a", "#8a2f7d", "#7a5c00", "#a8203a", "#0f7180",
    "#5b4bb5", "#5e5a53", "#3d6b12"]; // on a light page; on a dark one each is paler

  const arrays = carried("latent");
  const decoder = carriedNet(arrays, ["decoder.0", "decoder.1", "decoder.2"]);
  const heads = ["mean", "log_var"].map((head) => carriedNet(arrays, ["trunk.0", "trunk.1", head]));
  const { codes: { values: codes }, labels: { values: labels } } = arrays;
  const z = [-2.1, -1.4]; // amid the 0s
  const paper = new Float64Array(SIDE * SIDE);
  let guess = null; // q(z | x) of what was drawn
  let look = looks.all();

  const stage = kit.stage("latent", true);
  const beside = kit.element(stage, "div", { class: "beside" });
  const canvas = kit.canvas(beside, SIZE, SIZE, {
    tabindex: 0,
    "aria-label": "The plane of codes, with the codes of 500 images as their digits. Drag the " +
      "point, or move it by the arrow keys.",
  });
  canvas.style.touchAction = "none";
  const ink = canvas.getContext("2d");
  const pictures = kit.element(beside, "div", { class: "pictures" });
  const images = {
    decoded: picture("The decoder's image", {}),
    drawn: picture("Draw a digit here", { tabindex: 0, "aria-label":
      "Paper. Draw by mouse or finger, or by keys: the space bar puts the brush down and lifts it " +
      "again, the arrow keys move it." }),
    rebuilt: picture("What became of it", {}),
  };
  images.drawn.style.touchAction = "none";

  function picture(words, attributes) {
    const figure = kit.element(pictures, "div");
    const made = kit.canvas(figure, SIDE * ZOOM, SIDE * ZOOM, { "aria-label": words, ...attributes });
    kit.element(figure, "span", {}, words);
    return made;
  }

  const sigmoid = (x) => 1 / (1 + Math.exp(-x));
  const decode = (code) => decoder.forward(Float64Array.from(code), 1).map(sigmoid);

  function encode(image) {
    const [mean, logVar] = heads.map((net) => [...net.forward(image, 1)]);
    return { mean, sd: logVar.map((x) => Math.exp(x / 2)) };
  }

  const across = (x) => ((x / REACH + 1) * SIZE) / 2;
  const down = (y) => ((1 - y / REACH) * SIZE) / 2;

  function draw() {
    const began = performance.now();
    drawMap();
    stage.image = decode(z); // for whoever looks in from the console
    kit.pixels(images.decoded, stage.image, SIDE * ZOOM);
    kit.pixels(images.drawn, paper, SIDE * ZOOM);
    kit.pixels(images.rebuilt, guess ? guess.rebuilt : new Float64Array(SIDE * SIDE), SIDE * ZOOM);
    if (document.activeElement === images.drawn) drawBrush();
    tell();
    stage.dataset.redraw = (performance.now() - began).toFixed(2);
  }

  function drawMap() {
    ink.fillStyle = look.ground;
    ink.fillRect(0, 0, SIZE, SIZE);
    const colours = DIGITS.map((colour) => looks.dark() ? paler(colour) : colour);
    ink.font = "15px sans-serif";
    ink.textAlign = "center";
    ink.textBaseline = "middle";
    labels.forEach((label, i) => {
      ink.fillStyle = colours[label];
      ink.fillText(label, across(codes[2 * i]), down(codes[2 * i + 1]));
    });
    drawAxes();
    ink.lineWidth = 3;
    ink.strokeStyle = look.ink;
    if (guess) {
      ink.beginPath(); // twice the standard deviation, in which some 86 % of q lies
      ink.ellipse(across(guess.mean[0]), down(guess.mean[1]),
        ...guess.sd.map((sd) => (2 * sd * SIZE) / 2 / REACH), 0, 0, 2 * Math.PI);
      ink.stroke();
    }
    ink.fillStyle = POINT;
    ink.beginPath();
    ink.arc(across(z[0]), down(z[1]), 8, 0, 2 * Math.PI);
    ink.fill();
    ink.stroke();
  }

  // Both axes through 0, with their numbers along two rims, and the circle of the prior.
  function drawAxes() {
    ink.lineWidth = 1;
    ink.strokeStyle = ink.fillStyle = look.quiet;
    for (const x of [-3, -2, -1, 0, 1, 2, 3]) {
      ink.fillText(kit.told(x, 0), across(x), SIZE - 10);
      ink.fillText(kit.told(x, 0), 12, down(x));
      if (x === 0) continue;
      line(ink, across(x), SIZE / 2 - 3, 0, 6);
      line(ink, SIZE / 2 - 3, down(x), 6, 0);
    }
    ink.globalAlpha = 0.45;
    line(ink, 24, SIZE / 2, SIZE - 24, 0);
    line(ink, SIZE / 2, 0, 0, SIZE - 20);
    ink.globalAlpha = 1;
    ink.setLineDash([7, 5]);
    ink.lineWidth = 1.5;
    ink.beginPath();
    ink.arc(across(0), down(0), across(PRIOR) - across(0), 0, 2 * Math.PI);
    ink.stroke();
    ink.setLineDash([]);
  }

  const paler = (colour) => `rgb(${looks.between(colour, "#fff", 0.5)})`;

  function drawBrush() {
    const to = images.drawn.getContext("2d");
    to.strokeStyle = to.fillStyle = POINT;
    const [x, y] = brush.at.map((part) => part * SIDE * ZOOM);
    to.strokeRect(x - 6, y - 6, 12, 12);
    if (brush.down) to.fillRect(x - 6, y - 6, 12, 12);
  }

  const pair = ([a, b]) => `(${kit.told(a)}, ${kit.told(b)})`;

  function tell() {
    const far = (i) => Math.hypot(codes[2 * i] - z[0], codes[2 * i + 1] - z[1]);
    const nearest = labels.reduce((best, _, i) => (far(i) < far(best) ? i : best), 0);
    speaker.textContent =
      `The point is at ${pair(z)}; the nearest code is that of a ${labels[nearest]}.${ofTheDrawing()}`;
    stage.dataset.z = JSON.stringify(z);
    const { mean, sd, cost } = guess || {};
    stage.dataset.guess = guess ? JSON.stringify({ mean, sd, cost }) : "null";
  }

  function ofTheDrawing() {
    if (!guess) return "";
    const strange = guess.cost > STRANGE ? " But the image that became of it is far from yours: your " +
      "drawing looks like none of the digits." : "";
    return ` Of what you drew, q has its middle at ${pair(guess.mean)} and standard deviations of ` +
      `${kit.told(guess.sd[0])} and ${kit.told(guess.sd[1])} (the ellipse shows two of them).${strange}`;
  }

  function move(to) {
    to.forEach((x, i) => {
      z[i] = Math.max(-REACH, Math.min(REACH, x));
      sets[i](z[i]);
      cursor.at[i] = 0.5 + ((i ? -1 : 1) * z[i]) / REACH / 2; // the arrow keys go on from here
    });
    draw();
  }

  // Dabs of the brush, softer to its rim, and then one look at what has become of the paper.
  function stroke(places) {
    for (const [x, y] of places)
      for (let i = 0; i < SIDE * SIDE; i++) {
        const far = Math.hypot((i % SIDE) + 0.5 - x * SIDE, Math.floor(i / SIDE) + 0.5 - y * SIDE);
        paper[i] = Math.max(paper[i], Math.min(1, BRUSH + 0.5 - far));
      }
    stage.seen = centred(paper);
    guess = encode(stage.seen);
    guess.rebuilt = decode(guess.mean);
    guess.cost = costOf(stage.seen, guess.rebuilt);
    draw();
  }

  // Minus the reconstruction, in nats, for each white pixel of the drawing.
  function costOf(image, rebuilt) {
    const [sure, nearly] = [1e-7, 1 - 1e-7];
    const nats = image.reduce((sum, x, i) => {
      const p = Math.max(sure, Math.min(nearly, rebuilt[i]));
      return sum - x * Math.log(p) - (1 - x) * Math.log(1 - p);
    }, 0);
    return nats / image.reduce((sum, x) => sum + x, 0);
  }

  // MNIST's digits have the middle of their ink in the middle of the image; so has what is encoded.
  function centred(image) {
    const sums = [0, 0, 0];
    image.forEach((x, i) => [1, i % SIDE, Math.floor(i / SIDE)].forEach((w, k) => (sums[k] += w * x)));
    const [right, low] = [1, 2].map((k) => Math.round(sums[k] / sums[0] - (SIDE - 1) / 2));
    return image.map((_, i) => {
      const [x, y] = [(i % SIDE) + right, Math.floor(i / SIDE) + low];
      return x >= 0 && x < SIDE && y >= 0 && y < SIDE ? image[y * SIDE + x] : 0;
    });
  }

  kit.element(stage, "p", { class: "legend" },
    "Another machine with two numbers, smaller, for the browser: its map is another one. Within the " +
      "dashed circle lie 95 of 100 codes of the prior.");
  const speaker = kit.speaker(stage);
  const knobs = kit.knobs(stage);
  const sets = [0, 1].map((i) => kit.slider(knobs, `z${"₁₂"[i]}`,
    { min: -REACH, max: REACH, step: 0.05, value: z[i] }, (to) => move(i ? [z[0], to] : [to, z[1]])));
  const actions = kit.toolbar(stage, "Your drawing");
  kit.button(actions, "Go where your digit lies", () => {
    if (guess) move(guess.mean);
    else speaker.textContent = "Draw a digit first, on the paper: by mouse, by finger, or by keys.";
  });
  kit.button(actions, "Clean paper", () => {
    paper.fill(0);
    guess = null;
    draw();
  });
  const put = ([x, y]) => move([(2 * x - 1) * REACH, (1 - 2 * y) * REACH]);
  const cursor = pen(canvas, (places) => put(places.at(-1)), () => put(cursor.at));
  const brush = pen(images.drawn, stroke, () => draw(), { spacing: 1 / 56 });
  kit.redraw(() => {
    look = looks.all();
    draw();
  });
  move(z);
}
