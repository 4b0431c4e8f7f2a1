// The latent plane: a VAE whose codes are two numbers. Drag a point, and the decoder draws its image;
// draw a digit, and the encoder says where on the plane it may lie.
"use strict";

{
  const [SIZE, REACH, SIDE] = [480, 3.4, 28]; // dots of the map, how far one sees, pixels of an image
  const ZOOM = 5; // of the images
  const BRUSH = 1.25; // pixels, from the middle of a stroke to its rim
  const COLOURS = ["#1f5c9e", "#b3470b", "#24704a", "#8a2f7d", "#7a5c00", "#a8203a", "#0f7180",
    "#5b4bb5", "#5e5a53", "#3d6b12"];

  const arrays = carried("latent");
  const decoder = carriedNet(arrays, ["decoder.0", "decoder.1", "decoder.2"]);
  const heads = ["mean", "log_var"].map((head) => carriedNet(arrays, ["trunk.0", "trunk.1", head]));
  const { codes: { values: codes }, labels: { values: labels } } = arrays;
  const z = [0.4, -0.6];
  const paper = new Float64Array(SIDE * SIDE);
  let guess = null; // q(z | x) of what was drawn

  const stage = kit.stage("latent", true);
  const beside = kit.element(stage, "div", { class: "beside" });
  const canvas = kit.element(beside, "canvas", {
    width: SIZE, height: SIZE, tabindex: 0, role: "img",
    "aria-label": "The plane of codes, with the codes of 500 images as their digits. Drag the " +
      "point, or move it by the arrow keys.",
  });
  canvas.style.touchAction = "none";
  const ink = canvas.getContext("2d");
  const pictures = kit.element(beside, "div", { class: "pictures" });
  const images = {
    decoded: picture("The decoder's image", { role: "img" }),
    drawn: picture("Draw a digit here", { role: "img", tabindex: 0, "aria-label":
      "Paper. Draw by mouse or finger, or move the brush by the arrow keys and press the space bar." }),
    rebuilt: picture("What became of it", { role: "img" }),
  };
  images.drawn.style.touchAction = "none";

  function picture(words, attributes) {
    const figure = kit.element(pictures, "div");
    const made = kit.element(figure, "canvas", {
      width: SIDE * ZOOM, height: SIDE * ZOOM, "aria-label": words, ...attributes,
    });
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
    kit.pixels(images.decoded, stage.image);
    kit.pixels(images.drawn, paper);
    kit.pixels(images.rebuilt, guess ? decode(guess.mean) : new Float64Array(SIDE * SIDE));
    if (document.activeElement === images.drawn) drawBrush();
    tell();
    stage.dataset.redraw = (performance.now() - began).toFixed(2);
  }

  function drawMap() {
    ink.fillStyle = "#fff";
    ink.fillRect(0, 0, SIZE, SIZE);
    ink.font = "15px sans-serif";
    ink.textAlign = "center";
    ink.textBaseline = "middle";
    labels.forEach((label, i) => {
      ink.fillStyle = COLOURS[label];
      ink.fillText(label, across(codes[2 * i]), down(codes[2 * i + 1]));
    });
    ink.lineWidth = 3;
    if (guess) {
      ink.strokeStyle = "#000";
      ink.beginPath(); // twice the standard deviation, in which some 86 % of q lies
      ink.ellipse(across(guess.mean[0]), down(guess.mean[1]),
        ...guess.sd.map((sd) => (2 * sd * SIZE) / 2 / REACH), 0, 0, 2 * Math.PI);
      ink.stroke();
    }
    ink.fillStyle = "#f0a06a";
    ink.strokeStyle = "#000";
    ink.beginPath();
    ink.arc(across(z[0]), down(z[1]), 8, 0, 2 * Math.PI);
    ink.fill();
    ink.stroke();
  }

  function drawBrush() {
    const to = images.drawn.getContext("2d");
    to.strokeStyle = "#f0a06a";
    to.strokeRect(brush[0] * SIDE * ZOOM - 6, brush[1] * SIDE * ZOOM - 6, 12, 12);
  }

  const told = (x) => x.toFixed(2).replace("-", "−");
  const pair = ([a, b]) => `(${told(a)}, ${told(b)})`;

  function tell() {
    const far = (i) => Math.hypot(codes[2 * i] - z[0], codes[2 * i + 1] - z[1]);
    const nearest = labels.reduce((best, _, i) => (far(i) < far(best) ? i : best), 0);
    const about = guess ? ` Of what you drew, q has its middle at ${pair(guess.mean)} and standard ` +
      `deviations of ${told(guess.sd[0])} and ${told(guess.sd[1])}: the ellipse.` : "";
    speaker.textContent = `The point is at ${pair(z)}; the nearest code is that of a ${labels[nearest]}.${about}`;
    stage.dataset.z = JSON.stringify(z);
    stage.dataset.guess = JSON.stringify(guess);
  }

  function move(to) {
    to.forEach((x, i) => {
      z[i] = Math.max(-REACH, Math.min(REACH, x));
      sets[i](z[i]);
      cursor[i] = 0.5 + ((i ? -1 : 1) * z[i]) / REACH / 2; // the arrow keys go on from here
    });
    draw();
  }

  // A dab of the brush, softer to its rim.
  function dab(x, y) {
    for (let i = 0; i < SIDE * SIDE; i++) {
      const far = Math.hypot((i % SIDE) + 0.5 - x * SIDE, Math.floor(i / SIDE) + 0.5 - y * SIDE);
      paper[i] = Math.max(paper[i], Math.min(1, BRUSH + 0.5 - far));
    }
    stage.seen = centred(paper);
    guess = encode(stage.seen);
    draw();
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

  const speaker = kit.speaker(stage);
  const knobs = kit.row(stage);
  const sets = [0, 1].map((i) => kit.slider(knobs, `z${"₁₂"[i]}`,
    { min: -REACH, max: REACH, step: 0.05, value: z[i] },
    (to) => move(i ? [z[0], to] : [to, z[1]]), (x) => told(Number(x))));
  const actions = kit.row(stage);
  kit.button(actions, "Go where your digit lies", () => guess && move(guess.mean));
  kit.button(actions, "Clean paper", () => {
    paper.fill(0);
    guess = null;
    draw();
  });
  const put = (x, y) => move([(2 * x - 1) * REACH, (1 - 2 * y) * REACH]);
  const cursor = pen(canvas, put, () => put(...cursor));
  const brush = pen(images.drawn, dab, () => draw());
  move(z);
}
