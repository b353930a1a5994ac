import { Command } from 'commander'
import { dataFetchCommand } from './fetch.js'
import { dataListCommand } from './list.js'
import { dataShowCommand } from './show.js'
import { dataVerifyCommand } from './verify.js'

export function dataCommand(): Command {
  return new Command('data')
    .description('List, fetch, verify and show the public image data sets.')
    .addCommand(dataListCommand())
    .addCommand(dataFetchCommand())
    .addCommand(dataVerifyCommand())
    .addCommand(dataShowCommand())
    .addHelpText(
      'after',
      `
Examples:
  robust-features data list
  robust-features data fetch mnist cifar10
  robust-features data verify
  robust-features data show cifar10`,
    )
}
