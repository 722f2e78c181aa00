// The measuring stick of B4: nodemailer with a pool of ten connections. usage: libraries.js PORT MESSAGES
const nodemailer = require("nodemailer");

const [port, count] = process.argv.slice(2).map(Number);
const body = "Dear parent, the following work by your child is missing and due.\n".repeat(27);
const pool = nodemailer.createTransport({
  host: "127.0.0.1", port, secure: false, ignoreTLS: true, pool: true, maxConnections: 10, maxMessages: Infinity,
});

async function main() {
  let next = 0;
  async function work() {
    while (next < count) {
      const number = next++;
      await pool.sendMail({
        from: "office@school.example", to: `u${number}@example.org`, subject: `message ${number}`,
        messageId: `<${number}@bench.example>`, text: body,
      });
    }
  }
  await Promise.all(Array.from({ length: 40 }, work));
  pool.close();
}

main().catch((error) => { console.error(error); process.exit(1); });
