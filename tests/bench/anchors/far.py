"""A line with a delay: passes bytes on after half a round trip each way. usage: far.py PORT TO_PORT ROUND_TRIP_MS"""
import asyncio
import sys


async def hold_back(reader, writer, seconds):
    loop = asyncio.get_running_loop()
    held = asyncio.Queue()

    async def let_go():
        while True:
            due, chunk = await held.get()
            await asyncio.sleep(max(0, due - loop.time()))
            if not chunk:
                writer.close()
                return
            writer.write(chunk)

    task = asyncio.create_task(let_go())
    try:
        while chunk := await reader.read(65536):
            held.put_nowait((loop.time() + seconds, chunk))
    except ConnectionError:
        pass
    held.put_nowait((loop.time() + seconds, b""))
    await task


async def main(port, to, seconds):
    async def pass_on(reader, writer):
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", to)
        await asyncio.gather(hold_back(reader, far_writer, seconds), hold_back(far_reader, writer, seconds),
                             return_exceptions=True)

    server = await asyncio.start_server(pass_on, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) / 2000))
