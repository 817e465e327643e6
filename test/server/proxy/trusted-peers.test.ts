import { describe, expect, it } from 'vitest'
import { TrustedPeers } from '../../../packages/server/src/proxy/trusted-peers.ts'

describe('TrustedPeers', () => {
  it.each<[string[], string, boolean]>([
    [[], '127.0.0.1', false],
    [[], '', false],
    [['127.0.0.1'], '127.0.0.1', true],
    [['127.0.0.1'], '127.0.0.2', false],
    [['10.0.0.0/8'], '10.200.3.4', true],
    [['10.0.0.0/8'], '11.0.0.1', false],
    [['10.1.2.3/32'], '10.1.2.3', true],
    [['0.0.0.0/0'], '8.8.8.8', true],
    [['0.0.0.0/0'], '::1', false],
    [['::1'], '::1', true],
    [['::ffff:10.0.0.0/104'], '10.1.2.3', true],
    [['::ffff:10.0.0.0/104'], '11.1.2.3', false],
    [['fe80::/10'], 'fe80::1%eth0', true],
    [['fd00::/8'], 'fd12::9', true],
    [['fd00::/8'], 'fe80::9', false],
    [['*'], '203.0.113.9', true],
    [['*'], '', true],
    [['127.0.0.1'], '', false],
    [['unix'], '', true],
    [['unix'], '127.0.0.1', false],
    [['*'], 'unknown', false],
    [['*'], '_hidden', false],
  ])('%j trusts %j: %s', (entries, address, trusted) => {
    expect(new TrustedPeers(entries).has(address)).toBe(trusted)
  })

  it.each(['localhost', '10.0.0.0/33', '::/129', '10.0.0', '10.0.0.1/', '10.0.0.1/-1', '', '1.2.3.4/8/8'])(
    'refuses %j as an entry, and says what it wants',
    (entry) => {
      expect(() => new TrustedPeers([entry])).toThrow('must be an address, a network such as 10.0.0.0/8, unix or *')
    },
  )
})
