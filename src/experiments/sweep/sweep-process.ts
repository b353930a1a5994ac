import { serveCells } from '../../sweeps/cell-process.js'
import { experiments } from '../registry.js'
import { cellProgram } from './cell-program.js'

// The program of a sweep's child processes.
serveCells(cellProgram(experiments))
