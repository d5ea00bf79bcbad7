// Takes pictures of the screens over the fake tablet: `node tests/fake-tablet/look.mjs <folder> <shot>...`
// A shot is `name;path;as;scenario;WxH;theme`.
import { chromium } from 'playwright';

const [folder, ...shots] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
});
for (const shot of shots) {
  const [name, path, as, scenario = 'night', size = '1280x800', theme = 'day', ...acts] = shot.split(';');
  const act = acts.join(';');
  const [width, height] = size.split('x').map(Number);
  const context = await browser.newContext({
    viewport: { width: width ?? 1280, height: height ?? 800 },
    timezoneId: 'Asia/Karachi',
    hasTouch: true,
  });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) process.stdout.write(`${name}: ${message.text()}\n`);
  });
  page.on('pageerror', (error) => process.stdout.write(`${name}: ${String(error.stack).slice(0, 700)}\n`));
  await page.addInitScript(
    ([chosen, who, what]) => {
      localStorage.setItem('theme', chosen ?? 'day');
      if (who) sessionStorage.setItem('fake-as', who);
      if (what) sessionStorage.setItem('fake-scenario', what);
    },
    [theme, as, scenario],
  );
  await page.goto(`http://localhost:5199${path}`);
  await page
    .waitForSelector('h1, [role=alert], form', { timeout: 60_000, state: 'attached' })
    .catch(() => process.stdout.write(`${name}: nothing drawn\n`));
  await page.evaluate(() => document.fonts.ready);
  if (act !== '') await page.getByText(act).first().click();
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  await page.screenshot({ path: `${folder}/${name}.png` });
  await context.close();
}
await browser.close();
