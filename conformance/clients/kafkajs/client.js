// The kafkajs client of the checks, used as its siblings are:
//
//   client.js produce BOOTSTRAP TOPIC CODEC <rows     KEY<TAB>VALUE lines, all acknowledged at exit 0
//   client.js consume BOOTSTRAP TOPIC                 from the beginning to the end of every partition
//   client.js member  BOOTSTRAP TOPIC GROUP           in a group until SIGTERM
//
// Rows that are read are printed as PARTITION<TAB>OFFSET<TAB>KEY<TAB>VALUE; a member prints before it commits.
'use strict'
const fs = require('fs')
const modules = require('module').createRequire(`${process.env.CONFORMANCE_CACHE}/kafkajs/`)
const { Kafka, CompressionTypes, CompressionCodecs, Partitioners, AssignerProtocol, logLevel } = modules('kafkajs')
const fzstd = modules('fzstd')
const lz4 = modules('lz4-napi')
const zstd = modules('@bokuweb/zstd-wasm')

// kafkajs brings gzip; the others are plugged in.
CompressionCodecs[CompressionTypes.Snappy] = modules('kafkajs-snappy')
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  compress: async encoder => lz4.compressFrame(encoder.buffer),
  decompress: async buffer => lz4.decompressFrame(buffer),
})
let zstdInit // once only: a second init takes the memory away from the first
const zstdReady = () => (zstdInit ??= zstd.init())
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: async encoder => { await zstdReady(); return Buffer.from(zstd.compress(encoder.buffer, 3)) },
  decompress: async buffer => Buffer.from(fzstd.decompress(buffer)),
})
const codecs = { none: 'None', gzip: 'GZIP', snappy: 'Snappy', lz4: 'LZ4', zstd: 'ZSTD' }

const BATCH_ROWS = 2000
const kafkaAt = bootstrap => new Kafka({ clientId: 'kafkajs', brokers: [bootstrap], logLevel: logLevel.NOTHING, retry: { initialRetryTime: 50, retries: 20 } })
const writeAll = text => { for (let bytes = Buffer.from(text), at = 0; at < bytes.length;) { try { at += fs.writeSync(1, bytes, at) } catch (e) { if (e.code !== 'EAGAIN') throw e } } }
const rowsOf = (partition, messages) => messages.map(m => `${partition}\t${m.offset}\t${m.key}\t${m.value}\n`).join('')

async function produce(bootstrap, topic, codec) {
  const producer = kafkaAt(bootstrap).producer({ createPartitioner: Partitioners.DefaultPartitioner })
  await producer.connect()
  const lines = fs.readFileSync(0, 'utf8').split('\n').filter(line => line)
  for (let at = 0; at < lines.length; at += BATCH_ROWS) {
    const messages = lines.slice(at, at + BATCH_ROWS).map(line => {
      const tab = line.indexOf('\t')
      return { key: line.slice(0, tab), value: line.slice(tab + 1) }
    })
    await producer.send({ topic, acks: -1, compression: CompressionTypes[codecs[codec]], messages })
  }
  await producer.disconnect()
}

async function consume(bootstrap, topic) {
  const kafka = kafkaAt(bootstrap)
  const admin = kafka.admin()
  await admin.connect()
  // the topics of the checks start at offset 0 and have no gaps
  let left = (await admin.fetchTopicOffsets(topic)).reduce((sum, { high }) => sum + Number(high), 0)
  await admin.disconnect()
  const consumer = kafka.consumer({ groupId: `kafkajs-${topic}-${process.pid}`, maxWaitTimeInMs: 500 })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await new Promise((resolve, reject) => {
    consumer.on(consumer.events.CRASH, event => reject(event.payload.error))
    if (left === 0) resolve()
    consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        writeAll(rowsOf(batch.partition, batch.messages))
        left -= batch.messages.length
        if (left <= 0) resolve()
      },
    }).catch(reject)
  })
  await consumer.disconnect()
}

async function member(bootstrap, topic, groupId) {
  const consumer = kafkaAt(bootstrap).consumer({ groupId, sessionTimeout: 6000, heartbeatInterval: 500, rebalanceTimeout: 10000, maxWaitTimeInMs: 200, maxBytesPerPartition: 200000 })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  process.on('SIGTERM', () => consumer.disconnect().then(() => process.exit(0)))
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: true,
    eachBatch: async ({ batch, heartbeat }) => {
      writeAll(rowsOf(batch.partition, batch.messages))
      const offset = (BigInt(batch.lastOffset()) + 1n).toString()
      await consumer.commitOffsets([{ topic, partition: batch.partition, offset }])
      await heartbeat()
    },
  })
}

const [mode, ...rest] = process.argv.slice(2)
const modes = { produce, consume, member }
if (!modes[mode]) { console.error('usage: client.js produce|consume|member BOOTSTRAP TOPIC [CODEC|GROUP]'); process.exit(2) }
modes[mode](...rest).catch(error => { console.error('kafkajs:', error); process.exit(1) })
